//! Coolify's applications and compose services in our own, small shape.

use std::iter;

use covibe_coolify::{Application, GitUrl, Service, Status};
use covibe_domain::AppUuid;
use covibe_domain::entities::{App, AppKind};
use covibe_workspace::AnyApp;
use schemars::JsonSchema;
use serde::Serialize;

use super::address::Address;

/// Projects an app of either kind; nothing of Coolify's passes that is not named here.
pub(super) fn any(app: &AnyApp) -> App {
    match app {
        AnyApp::Application(application) => self::app(application),
        AnyApp::Service(service) => self::service(service),
    }
}

/// Projects an application.
pub(super) fn app(app: &Application) -> App {
    let is_image = app.runs_image();
    App {
        uuid: app.uuid.clone(),
        name: app.name.clone(),
        kind: AppKind::Application,
        status: app.status.state.to_string(),
        health: app.status.health.to_string(),
        build_pack: app.build_pack.as_ref().map(|pack| pack.as_str().to_owned()),
        repo: app.git_repository.as_ref().and_then(GitUrl::repo_name).filter(|_| !is_image),
        branch: app.git_branch.clone().filter(|_| !is_image),
        image: app.image().filter(|_| is_image),
        ports: app.ports_exposes.clone(),
        url: public(app.urls().into_iter().chain(urls_by_service(app))),
        domains: app.domains(),
        updated_at: app.updated_at,
    }
}

/// Projects a compose service; one out of a list has no domains, which lists leave out.
pub(super) fn service(service: &Service) -> App {
    App {
        uuid: AppUuid::from(&service.uuid),
        name: service.name.clone(),
        kind: AppKind::Service,
        status: service.status.state.to_string(),
        health: service.status.health.to_string(),
        build_pack: None,
        repo: None,
        branch: None,
        image: None,
        ports: None,
        url: public(service.applications.iter().flat_map(covibe_coolify::ServiceApplication::urls)),
        domains: service.domains(),
        updated_at: service.updated_at,
    }
}

fn urls_by_service(app: &Application) -> impl Iterator<Item = String> {
    app.compose_domains().into_iter().flat_map(|(_, urls)| urls)
}

/// The first URL that can be opened.
fn public(mut urls: impl Iterator<Item = String>) -> Option<String> {
    urls.find_map(|url| Address::read(&url)).map(|address| address.public())
}

/// One container of a compose service.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    status: &'static str,
    health: &'static str,
    /// Whether Coolify takes it for a database, which can have no domain.
    is_database: bool,
}

/// The same with its domains.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Container {
    #[serde(flatten)]
    part: Part,
    domains: Vec<String>,
}

/// Projects the containers of a compose service, those that may have domains first.
pub(crate) fn parts(service: &Service) -> Vec<Part> {
    let part = |name: &String, image: &Option<String>, status: Status, is_database| Part {
        name: name.clone(),
        image: image.clone(),
        status: status.state.as_str(),
        health: status.health.as_str(),
        is_database,
    };
    let applications = service.applications.iter();
    let applications = applications.map(|each| part(&each.name, &each.image, each.status, false));
    let databases = service.databases.iter();
    let databases = databases.map(|each| part(&each.name, &each.image, each.status, true));
    applications.chain(databases).collect()
}

/// Projects the containers of a compose service with their domains, those that may have some first.
pub(super) fn containers(service: &Service) -> Vec<Container> {
    let hosts = |urls: Vec<String>| {
        urls.iter().filter_map(|url| Address::read(url)).map(|address| address.host).collect()
    };
    let domains = service.applications.iter().map(|each| hosts(each.urls()));
    let domains = domains.chain(iter::repeat_with(Vec::new));
    let with = |(part, domains)| Container { part, domains };
    parts(service).into_iter().zip(domains).map(with).collect()
}
