//! The creation of a compose app.

use std::sync::OnceLock;
use std::time::Instant;

use covibe_compose::Compose;
use covibe_coolify::{
    Description, Mark, NewComposeService, Service, ServiceApplication, StartOutcome,
};
use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure};
use covibe_policy::Owned;
use covibe_workspace::{
    Coolify, Create, Namesake, StartTurn, WaitingDeployment, Workspace, check_created,
};

use super::domain_services::RoutedService;
use super::service_urls::Routes;
use super::stored_file::{Desired, connect, reconcile};
use crate::app_and_auth_hosts::HostsInUse;
use crate::apps::app_entity;
use crate::apps::app_urls::Address;
use crate::apps::compose::file_changes::{FileChange, NeededEnvs, placeholder_hints};
use crate::apps::compose::generated_file_check;
use crate::apps::compose::generated_hosts;
use crate::apps::compose::generated_hosts::Replacement;
use crate::apps::compose::start_preconditions;
use crate::apps::constants::KIND;
use crate::apps::database_network;
use crate::apps::manage::create::adopted_apps::{find, remove, service_of};
use crate::apps::manage::create::answer::{ComposeService, CreatedApp};
use crate::apps::manage::create::params::CreateApp;
use crate::apps::manage::create::requested_hosts::{Requested, dropped_host};
use crate::apps::manage::envs;
use crate::queued_deployments::{place, waits};

/// Coolify did not put an app on the network of the databases although it answered 200.
const OFF_NETWORK: &str = "The app is not on the network of the workspace's databases, so it cannot reach \
                           them by their `internalUrl`. Tell the operator.";

/// The creation of a compose app.
pub(in crate::apps::manage::create) struct ComposeCreation<'a> {
    /// The parameters of the call.
    pub(in crate::apps::manage::create) params: &'a CreateApp,
    /// Its file, which the policy has accepted.
    pub(in crate::apps::manage::create) compose: Compose,
    /// The template that the app is made of, if it is.
    pub(in crate::apps::manage::create) template: Option<&'a str>,
    /// The services that get a domain.
    pub(in crate::apps::manage::create) targets: Vec<RoutedService>,
    /// The service that this call created, and whether it has to be on the network of the databases:
    /// it has no variables but those of the call and of the file.
    pub(in crate::apps::manage::create) created: OnceLock<(AppUuid, bool)>,
}

impl Create for ComposeCreation<'_> {
    const KIND: &'static str = KIND;

    type Id = AppUuid;

    type Created = CreatedApp;

    fn hosts(&self, cx: &Workspace, name: &str) -> Result<Vec<String>, Failure> {
        Ok(self.routes(cx, name)?.hosts())
    }

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Vec<Namesake<AppUuid>>, Failure> {
        find(cx, name, AppKind::Service).await
    }

    async fn create(&self, cx: &Workspace, name: &str, mark: &Mark) -> Result<AppUuid, Failure> {
        self.request(cx, name, mark, &self.routes(cx, name)?).await
    }

    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        uuid: AppUuid,
    ) -> Result<CreatedApp, Failure> {
        let (routes, namespace) = (self.routes(cx, name)?, cx.namespace());
        let coolify = cx.coolify().await?;
        let app = coolify.app(&uuid).await?;
        check_created(name, app.name())?;
        let service = service_of(&app, name, self.template)?;
        let desired =
            Desired { name, file: self.file(cx, name), routes: &routes, namespace: &namespace };
        let mut changed = reconcile(cx, &coolify, service, &desired).await?;
        let mut warning = None;
        let variables = self.params.envs();
        if !variables.is_empty() {
            let written = envs::write_marked(cx, &coolify, &app, &variables).await?;
            changed |= written.changed;
            warning = written.warning;
        }
        let needs_network = match self.created.get() {
            Some((created, needs)) if *created == uuid => *needs,
            _ => database_network::is_needed(&coolify, service, &self.texts(&desired.file)).await?,
        };
        connect(&coolify, service, needs_network).await?;
        changed |= needs_network && !service.connect_to_docker_network;
        let mut read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
        let replaced = generated_hosts::replace(cx, &coolify, service, &read).await?;
        if replaced.is_some() {
            changed = true;
            read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
        }
        generated_file_check::check_parsed(cx, &coolify, &read).await?;
        let replaced = replaced.unwrap_or_default();
        let mut waiting = None;
        if self.params.deploys() {
            start_preconditions::check_file(cx, &coolify, &read).await?;
            waiting = start(&coolify, &read, changed).await.map_err(Failure::in_doubt)?;
        }
        let mut created = self.answer(&read, &routes, &replaced, waiting);
        created.warnings.extend(warning);
        if needs_network && !read.connect_to_docker_network {
            created.warnings.push(OFF_NETWORK.to_owned());
        }
        Ok(created)
    }

    async fn remove(&self, cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
        remove(cx, &uuid).await
    }
}

impl ComposeCreation<'_> {
    /// Requests the creation from Coolify, if the hosts are free.
    async fn request(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
        routes: &Routes,
    ) -> Result<AppUuid, Failure> {
        let (coolify, namespace) = (cx.coolify().await?, cx.namespace());
        // Checked before anything is made: what can't even wait for its start is not created.
        if self.params.deploys() {
            coolify.check_deployment_queue().await?;
        }
        let (hosts, in_use) = (routes.hosts(), HostsInUse::read(&coolify, None).await?);
        let requested = Requested { hosts: &hosts, name, namespace: &namespace };
        requested.check_free(&in_use)?;
        let file = self.file(cx, name);
        // What the project has was read just now.
        let needs_network = database_network::names_database(&coolify, &self.texts(&file)).await?;
        let new = NewComposeService {
            name: name.to_owned(),
            description: Description::from_mark(mark),
            compose: file,
            urls: routes.urls(),
        };
        let created = coolify.create_compose_service(&new).await;
        let uuid = created.map_err(|failure| requested.explain(failure, in_use))?;
        let uuid = AppUuid::from(&uuid);
        let (uuid, _) = self.created.get_or_init(|| (uuid, needs_network));
        Ok(uuid.clone())
    }

    /// Returns the texts of the call that may name a database: the values of its variables, and the
    /// file that is sent.
    fn texts<'b>(&'b self, file: &'b str) -> Vec<&'b str> {
        self.params.values().chain([file]).collect()
    }

    /// Returns the file that is sent for an app with this name.
    pub(in crate::apps::manage::create) fn file(&self, cx: &Workspace, name: &str) -> String {
        self.compose.text_for(name, cx.slug().as_str())
    }

    /// Returns the URLs of an app with this name.
    pub(super) fn routes(&self, cx: &Workspace, name: &str) -> Result<Routes, Failure> {
        Routes::new(&self.targets, name, &cx.namespace())
    }

    fn answer(
        &self,
        service: &Service,
        routes: &Routes,
        replaced: &[Replacement],
        waiting: Option<WaitingDeployment>,
    ) -> CreatedApp {
        let mut hints = placeholder_hints(&self.compose.placeholders);
        hints.extend_from_slice(&self.compose.hints);
        hints.extend(replaced.iter().map(Replacement::hint));
        hints.extend(waiting.as_ref().map(place));
        if self.params.deploys() && waiting.is_none() {
            hints.push("The app is starting: apps.get returns its status and health.".to_owned());
        }
        CreatedApp {
            app: app_entity::created_service(service, self.params.deploys()),
            deployment: waiting.map(waits),
            services: self.services(service),
            changes: self.compose.changes.iter().map(FileChange::from).collect(),
            needed_envs: NeededEnvs::from_needed(&self.compose.needed),
            hints,
            warnings: warnings(service, routes),
        }
    }

    /// Returns the services of the file, with their domains.
    fn services(&self, created: &Service) -> Vec<ComposeService> {
        let domains = |name: &str| {
            let container = created.applications.iter().find(|each| each.name == name);
            let urls = container.map(ServiceApplication::urls).unwrap_or_default();
            let addresses = urls.iter().filter_map(|url| Address::parse(url));
            addresses.map(|address| address.host).collect()
        };
        describe_services(self.params, &self.compose, domains)
    }
}

/// Returns the services of a file with their domains, and why one was chosen, if the call left the choice to the file.
pub(in crate::apps::manage::create) fn describe_services(
    params: &CreateApp,
    compose: &Compose,
    domains: impl Fn(&str) -> Vec<String>,
) -> Vec<ComposeService> {
    let is_left = params.compose_service.is_none() && params.compose_domains.is_none();
    let chosen = |service: &str| {
        let choice = compose.choice.as_ref().filter(|it| is_left && it.service == service);
        choice.map(|choice| choice.why.to_owned())
    };
    let services = compose.services.iter().map(|service| ComposeService {
        name: service.name.clone(),
        ports: service.ports.clone(),
        is_database: service.is_database,
        domains: domains(&service.name),
        chosen: chosen(&service.name),
    });
    services.collect()
}

/// Starts the service. One that an earlier call started is restarted only if it has changed since:
/// neither this call nor one of apps.deploy is to interrupt a database that is being initialized. Returns where the
/// start stands if it waits for a place.
async fn start(
    coolify: &Coolify,
    service: &Owned<Service>,
    changed: bool,
) -> Result<Option<WaitingDeployment>, Failure> {
    let is_recent = coolify.is_recently_started(service.uuid.as_str());
    if !changed && is_recent && coolify.service_runs(service).await? {
        return Ok(None);
    }
    let permit = coolify.permit_start(service, false, Instant::now());
    let place = match coolify.service_start(service, false).await? {
        StartTurn::Now(place) => place,
        StartTurn::Waits(waiting) => return Ok(Some(waiting)),
    };
    let started = coolify.start_service(service, changed, place).await?;
    if let Some(permit) = permit.filter(|_| started == StartOutcome::Queued) {
        permit.note_accepted();
    }
    Ok(None)
}

/// Returns warnings about settings that Coolify did not keep although it answered 200.
fn warnings(service: &Service, routes: &Routes) -> Vec<String> {
    let kept = service.domains();
    let lost = routes.hosts().into_iter().filter(|host| !kept.contains(host));
    lost.map(|host| dropped_host(&host)).collect()
}
