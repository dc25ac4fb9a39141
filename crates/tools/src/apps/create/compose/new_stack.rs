//! A compose app in the making.

use std::time::Instant;

use covibe_compose::Compose;
use covibe_coolify::{NewComposeService, Service, ServiceApplication, Start};
use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Create, Workspace, with_hosts_claimed};

use super::routes::Routes;
use super::shape::{Wanted, shape};
use super::targets::Target;
use crate::apps::address::Address;
use crate::apps::create::hosts::{Taken, not_kept};
use crate::apps::create::named::{named, other};
use crate::apps::create::{ComposePart, CreateApp, Created, KIND};
use crate::apps::generated::Given;
use crate::apps::{envs, generated, view};

/// A compose app to be made.
pub(super) struct NewStack<'a> {
    /// What the call asks for.
    pub(super) params: &'a CreateApp,
    /// Its file, which has passed.
    pub(super) compose: Compose,
    /// The services that get a domain.
    pub(super) targets: Vec<Target>,
}

impl Create for NewStack<'_> {
    const KIND: &'static str = KIND;

    type Id = AppUuid;

    type Created = Created;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<AppUuid>, Failure> {
        named(cx, name, AppKind::Service).await
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<AppUuid, Failure> {
        let routes = self.routes(cx, name)?;
        with_hosts_claimed(cx, &routes.hosts(), self.make(cx, name, &routes)).await
    }

    async fn finish(&self, cx: &Workspace, name: &str, uuid: AppUuid) -> Result<Created, Failure> {
        let (routes, namespace) = (self.routes(cx, name)?, cx.namespace());
        let coolify = cx.coolify().await?;
        let app = coolify.app(&uuid).await?;
        let AnyApp::Service(service) = &app else {
            return Err(other(name, "a repository or an image"));
        };
        let wanted =
            Wanted { name, compose: &self.compose, routes: &routes, namespace: &namespace };
        let mut changed = shape(cx, &coolify, service, &wanted).await?;
        if let Some(envs) = self.params.envs.as_deref().filter(|envs| !envs.is_empty()) {
            changed |= envs::set(&coolify, &app, envs).await?.changed;
        }
        let mut made = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
        let given = generated::replace(cx, &coolify, service, &made).await?;
        if !given.is_empty() {
            made = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
        }
        let shaped = Shaped { changed: changed || !given.is_empty(), given };
        self.complete(&coolify, made, &routes, shaped).await.map_err(Failure::in_doubt)
    }
}

/// What was done to a service to bring it to what the call asks for.
struct Shaped {
    /// Whether what runs of it has to be started again.
    changed: bool,
    /// Containers that the call gives no domain, and whose variables asked Coolify for one.
    given: Vec<Given>,
}

impl NewStack<'_> {
    /// Makes it, if its hosts are free.
    async fn make(&self, cx: &Workspace, name: &str, routes: &Routes) -> Result<AppUuid, Failure> {
        let (coolify, namespace) = (cx.coolify().await?.refreshed(), cx.namespace());
        let (hosts, taken) = (routes.hosts(), Taken::look(&coolify, None).await?);
        taken.refuse(&hosts, name, &namespace)?;
        let new = NewComposeService {
            name: name.to_owned(),
            description: None,
            compose: self.compose.text().to_owned(),
            // Not before its variables and its network are right.
            instant_deploy: false,
            urls: routes.urls(),
        };
        let made = coolify.create_compose_service(&new).await;
        let uuid = made.map_err(|failure| taken.explain(failure, &hosts, name, &namespace))?;
        Ok(AppUuid::from(&uuid))
    }

    /// The addresses of an app of this name.
    pub(super) fn routes(&self, cx: &Workspace, name: &str) -> Result<Routes, Failure> {
        Routes::of(&self.targets, name, &cx.namespace())
    }

    /// What follows once the service is as the call asks for.
    async fn complete(
        &self,
        coolify: &Coolify,
        service: Owned<Service>,
        routes: &Routes,
        shaped: Shaped,
    ) -> Result<Created, Failure> {
        let mut hints = self.compose.hints.clone();
        hints.extend(shaped.given.iter().map(Given::hint));
        if self.params.instant_deploy != Some(false) {
            start(coolify, &service, shaped.changed).await?;
            hints.push("It is being started: apps.get tells status and health.".to_owned());
        }
        Ok(Created {
            app: view::service(&service),
            deployment: None,
            services: self.parts(&service),
            hints,
            warnings: warnings(&service, routes),
        })
    }

    /// The services of the file, with their domains.
    fn parts(&self, made: &Service) -> Vec<ComposePart> {
        let domains = |name: &str| {
            let part = made.applications.iter().find(|part| part.name == name);
            let urls = part.map(ServiceApplication::urls).unwrap_or_default();
            let addresses = urls.iter().filter_map(|url| Address::read(url));
            addresses.map(|address| address.host).collect()
        };
        let parts = self.compose.services.iter().map(|service| ComposePart {
            name: service.name.clone(),
            ports: service.ports.clone(),
            is_database: service.is_database,
            domains: domains(&service.name),
        });
        parts.collect()
    }
}

/// Starts it; one that runs since an earlier call is started again only where it has changed since:
/// a database that is being set up is not to be broken off, by a call of apps.deploy neither.
async fn start(coolify: &Coolify, service: &Owned<Service>, changed: bool) -> Result<(), Failure> {
    let permit = coolify.permit_start(service, false, Instant::now());
    if coolify.start_service(service).await? == Start::Running {
        if !changed {
            return Ok(());
        }
        coolify.restart_service(service, false).await?;
    }
    if let Some(permit) = permit {
        permit.accepted();
    }
    Ok(())
}

/// What Coolify answered 200 to and did not keep.
fn warnings(service: &Service, routes: &Routes) -> Vec<String> {
    let kept = service.domains();
    let lost = routes.hosts().into_iter().filter(|host| !kept.contains(host));
    let mut warnings: Vec<_> = lost.map(|host| not_kept(&host)).collect();
    if !service.connect_to_docker_network {
        warnings.push(
            "It is not on the network of the workspace's databases: it can't reach them by their \
             internalUrl. Tell the operator."
                .to_owned(),
        );
    }
    warnings
}
