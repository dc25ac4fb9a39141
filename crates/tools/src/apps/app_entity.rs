//! Coolify's applications and compose services as apps.

use std::iter;

use covibe_coolify::{Application, GitUrl, Service, ServiceApplication};
use covibe_domain::AppUuid;
use covibe_domain::entities::{App, AppKind};
use covibe_workspace::AnyApp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::apps::app_urls::Address;
use crate::resource_state::{
    Container, Sight, containers, health_of, present_containers, state_of_created,
};

/// Converts an app of either kind. Only the fields named here reach the caller.
pub(super) fn any(app: &AnyApp) -> App {
    match app {
        AnyApp::Application(application) => self::application(application),
        AnyApp::Service(service) => self::service(service),
    }
}

/// Converts an app of either kind, with the observed state.
pub(super) fn as_seen(app: &AnyApp, sight: &Sight) -> App {
    App {
        status: sight.status.state.to_string(),
        health: sight.health(),
        status_as_of: sight.as_of,
        ..any(app)
    }
}

/// Converts an application that a call has created, and perhaps started.
pub(super) fn created_application(app: &Application, is_started: bool) -> App {
    let status = state_of_created(app.status, is_started).to_string();
    App { status, ..application(app) }
}

/// Converts a compose service that a call has created, and perhaps started.
pub(super) fn created_service(service: &Service, is_started: bool) -> App {
    let status = state_of_created(service.status, is_started).to_string();
    App { status, ..self::service(service) }
}

/// Converts an application.
pub(super) fn application(app: &Application) -> App {
    let is_image = app.runs_image();
    App {
        uuid: app.uuid.clone(),
        name: app.name.clone(),
        kind: AppKind::Application,
        status: app.status.state.to_string(),
        health: health_of(app.status).map(|health| health.to_string()),
        status_as_of: None,
        build_pack: app.build_pack.as_ref().map(|pack| pack.as_str().to_owned()),
        // The clone URL of an app with a compose file leads to its release.
        repo: app
            .git_repository
            .as_ref()
            .and_then(GitUrl::repo_name)
            .filter(|_| !is_image && !app.is_compose()),
        branch: app.git_branch.clone().filter(|_| !is_image),
        image: app.image().filter(|_| is_image),
        ports: app.ports_exposes.clone(),
        url: public_url(app.urls().into_iter().chain(urls_by_service(app))),
        domains: app.domains(),
        updated_at: app.updated_at,
    }
}

/// Converts a compose service. One that comes from a list has no domains: Coolify's lists leave
/// them out.
pub(super) fn service(service: &Service) -> App {
    App {
        uuid: AppUuid::from(&service.uuid),
        name: service.name.clone(),
        kind: AppKind::Service,
        status: service.status.state.to_string(),
        health: health_of(service.status).map(|health| health.to_string()),
        status_as_of: None,
        build_pack: None,
        repo: None,
        branch: None,
        image: None,
        ports: None,
        url: public_url(service.applications.iter().flat_map(ServiceApplication::urls)),
        domains: service.domains(),
        updated_at: service.updated_at,
    }
}

fn urls_by_service(app: &Application) -> impl Iterator<Item = String> {
    app.compose_domains().into_iter().flat_map(|(_, urls)| urls)
}

/// Returns the first valid URL, as people open it.
fn public_url(mut urls: impl Iterator<Item = String>) -> Option<String> {
    urls.find_map(|url| Address::parse(&url)).map(|address| address.public_url())
}

/// A container with its domains.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RoutedContainer {
    #[serde(flatten)]
    container: Container,
    /// The hosts of its domains.
    #[schemars(example = vec!["shop.mark.example.com"])]
    domains: Vec<String>,
}

/// Returns the containers of a compose service with their domains; those that can have domains
/// come first.
pub(super) fn routed_containers(service: &Service, sight: &Sight) -> Vec<RoutedContainer> {
    let hosts = |urls: Vec<String>| {
        urls.iter().filter_map(|url| Address::parse(url)).map(|address| address.host).collect()
    };
    let (applications, _) = present_containers(service);
    let domains = applications.into_iter().map(|each| hosts(each.urls()));
    let domains = domains.chain(iter::repeat_with(Vec::new));
    let routed = |(container, domains)| RoutedContainer { container, domains };
    containers(service, Some(sight)).into_iter().zip(domains).map(routed).collect()
}
