//! One look at the containers of a resource.

use covibe_coolify::{Service, Status};
use covibe_domain::{Failure, Timestamp};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Hosted, OnHost};

use super::coolify_report::present_containers;
use super::service_state::Part;
use crate::container_access::{check_service, inspect_containers, services_of};

/// The source of the states of containers.
pub(crate) enum StateSource {
    /// Docker, at this moment.
    Docker(OnHost),
    /// Coolify: it looks at the containers of apps, and reports what it saw last of a database.
    Coolify,
}

impl StateSource {
    /// Returns the source of the states of a resource's containers.
    pub(crate) async fn for_resource(
        coolify: &Coolify,
        resource: &Hosted,
    ) -> Result<Self, Failure> {
        Ok(match coolify.on_host(resource).await? {
            Some(host) => Self::Docker(host),
            None => Self::Coolify,
        })
    }

    /// Returns its name.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Docker(_) => "docker",
            Self::Coolify => "coolify",
        }
    }
}

/// Looks at all services of a resource, or at the one that a call names.
pub(crate) async fn look_at_parts(
    source: &StateSource,
    coolify: &Coolify,
    resource: &Hosted,
    named: Option<&str>,
) -> Result<Vec<Part>, Failure> {
    match source {
        StateSource::Docker(host) => look_by_docker(host, resource, named).await,
        StateSource::Coolify => look_by_coolify(coolify, resource).await,
    }
}

/// Looks at them by docker.
pub(super) async fn look_by_docker(
    host: &OnHost,
    resource: &Hosted,
    named: Option<&str>,
) -> Result<Vec<Part>, Failure> {
    let containers = host.containers().await?;
    let services = services_of(resource, &containers);
    check_service(resource, &services, named)?;
    let is_compose = resource.is_compose();
    let is_requested = |name: &str| named.is_none_or(|service| service == name);
    let meant = containers.into_iter().filter(|each| !is_compose || is_requested(each.service()));
    let mut held = inspect_containers(host, meant.collect()).await?;
    if !is_compose {
        return Ok(vec![Part::from_containers(None, true, held)]);
    }
    let jobs = resource.jobs();
    let parts = services.into_iter().filter(|name| is_requested(name)).map(|name| {
        let own = held.extract_if(.., |one| one.container.service() == name).collect();
        let counts = named.is_some() || !jobs.contains(&name);
        Part::from_containers(Some(name), counts, own)
    });
    // A job that never ran is left out.
    Ok(parts.filter(|part| part.counts || !part.held.is_empty()).collect())
}

async fn look_by_coolify(coolify: &Coolify, resource: &Hosted) -> Result<Vec<Part>, Failure> {
    match resource {
        Hosted::App(AnyApp::Application(app)) => {
            // Coolify's status is read first, so that it is never newer than the look.
            let now = coolify.application(&app.uuid).await?;
            let part = match coolify.look_at_application(&now).await? {
                Some(live) => Part::from_look(None, live, now.status),
                None => Part::from_report(None, now.status, now.last_online_at()),
            };
            Ok(vec![part])
        }
        Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => {
            look_at_service(coolify, service).await
        }
        Hosted::Database(database) => {
            let now = coolify.database(&database.uuid).await?;
            Ok(vec![Part::from_report(None, now.status, now.last_online_at())])
        }
    }
}

/// Looks at all containers of a service that are to run on. A release that can't look reports what
/// it saw last.
async fn look_at_service(
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<Vec<Part>, Failure> {
    let now = coolify.service(&service.uuid).await?;
    let mut looks = None;
    loop {
        looks = coolify.look_at_service(&now, looks.as_ref()).await?;
        match &looks {
            Some(looks) if looks.is_whole() => {
                let look = |part: &(String, Status, Option<Timestamp>)| {
                    let live = looks.state_of(&part.0)?;
                    Some(Part::from_look(Some(part.0.clone()), live, part.1))
                };
                return Ok(read_rows(&now).iter().filter_map(look).collect());
            }
            Some(_) => {}
            None => {
                let told = read_rows(&now).into_iter();
                let told = told.map(|(name, status, at)| Part::from_report(Some(name), status, at));
                return Ok(told.collect());
            }
        }
    }
}

/// Returns the statuses that Coolify reports of the containers of a service that count, and the
/// times of its looks.
fn read_rows(service: &Service) -> Vec<(String, Status, Option<Timestamp>)> {
    let (applications, databases) = present_containers(service);
    let applications = applications.into_iter().filter(|each| !each.is_excluded);
    let applications = applications
        .map(|each| (each.name.clone(), each.status, service.seen_at(each.last_online_at)));
    let databases = databases.into_iter();
    let databases = databases
        .map(|each| (each.name.clone(), each.status, service.seen_at(each.last_online_at)));
    applications.chain(databases).collect()
}
