//! The containers of a resource: the choice of one, their states, labels of their images that they may not have, and
//! their stop.

use std::collections::BTreeSet;

use covibe_docker_host::ContainerDetails;
use covibe_domain::{Failure, Kind};
use covibe_operation::{quotable_name, similar_names};
use covibe_workspace::{Coolify, ForeignLabel, Hosted, Inventory, OnHost, OwnContainer, Workspace};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// The number of containers that are looked at or stopped concurrently.
const CONCURRENCY: usize = 4;

/// The maximum number of services that a hint lists.
const MAX_LISTED: usize = 40;

/// Returns the names of a resource's services: those of its compose file, then those of containers that
/// the file does not have.
pub(crate) fn services_of(resource: &Hosted, containers: &[OwnContainer]) -> Vec<String> {
    service_names(resource, containers.iter().map(OwnContainer::service))
}

/// Returns the names of a resource's services: those of its compose file, then those of its containers that the file does
/// not have.
pub(crate) fn service_names<'a>(
    resource: &Hosted,
    of_containers: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    if !resource.is_compose() {
        return Vec::new();
    }
    let mut names: Vec<_> =
        resource.file_services().iter().map(|service| service.name.clone()).collect();
    for service in of_containers {
        if !names.iter().any(|name| name == service) {
            names.push(service.to_owned());
        }
    }
    names
}

/// Checks that a resource has the service that a call names.
pub(crate) fn check_service(
    resource: &Hosted,
    services: &[String],
    named: Option<&str>,
) -> Result<(), Failure> {
    match named {
        Some(_) if !resource.is_compose() => Err(without_services()),
        Some(name) if !services.iter().any(|each| each == name) => {
            Err(unknown_service(name, services))
        }
        _ => Ok(()),
    }
}

/// Returns the container of the service that a call names, or the only one. Of several containers, as during a
/// deployment, it is the newest that runs.
pub(crate) fn choose_container(
    resource: &Hosted,
    containers: Vec<OwnContainer>,
    named: Option<&str>,
) -> Result<OwnContainer, Failure> {
    let services = services_of(resource, &containers);
    check_service(resource, &services, named)?;
    let name = match (named, services.as_slice()) {
        (Some(name), _) => Some(name.to_owned()),
        (None, []) => None,
        (None, [only]) => Some(only.clone()),
        (None, services) => return Err(no_service_named(services)),
    };
    let is_requested =
        |each: &OwnContainer| name.as_ref().is_none_or(|name| each.service() == name);
    let meant = containers.into_iter().filter(is_requested);
    let newest = meant.max_by_key(|each| (each.is_running(), each.created_at()));
    newest.ok_or_else(|| no_container(resource.how_to_start()))
}

/// A container and its state in docker.
#[derive(Debug)]
pub(crate) struct InspectedContainer {
    /// The container.
    pub(crate) container: OwnContainer,
    /// Its state.
    pub(crate) state: ContainerDetails,
}

/// Returns containers with their states, in the same order; one that was removed meanwhile is left out.
pub(crate) async fn inspect_containers(
    host: &OnHost,
    containers: Vec<OwnContainer>,
) -> Result<Vec<InspectedContainer>, Failure> {
    let held = stream::iter(containers).map(async |container| read_one(host, container).await);
    let held: Vec<_> = held.buffered(CONCURRENCY).try_collect().await?;
    Ok(held.into_iter().flatten().collect())
}

async fn read_one(
    host: &OnHost,
    container: OwnContainer,
) -> Result<Option<InspectedContainer>, Failure> {
    match host.state(&container).await {
        Ok(state) => Ok(Some(InspectedContainer { container, state })),
        Err(failure) if failure.kind == Kind::Conflict => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The advice on a foreign label.
pub(crate) const FIX: &str = "Remove the LABEL from the Dockerfile or use another base image, then \
                              call apps.deploy: domains are assigned with apps.domains.set only.";

/// Returns, for each container in the same order, the label that it may not have from its image. One that was
/// removed meanwhile has none.
pub(crate) async fn foreign_labels(
    coolify: &Coolify,
    host: &OnHost,
    resource: &Hosted,
    containers: Vec<OwnContainer>,
) -> Result<Vec<Option<ForeignLabel>>, Failure> {
    let judged = stream::iter(containers).map(async |container| {
        match coolify.foreign_label(host, resource, &container).await {
            Err(failure) if failure.kind == Kind::Conflict => Ok(None),
            judged => judged,
        }
    });
    judged.buffered(CONCURRENCY).try_collect().await
}

/// Describes the foreign label of the image of a container, called by `name`.
pub(crate) fn describe_label(name: &str, label: &ForeignLabel) -> String {
    match label {
        ForeignLabel::Key(key) => format!(
            "The image of {name} has the label {}, which the proxy or Coolify acts on",
            quotable_name(key)
        ),
        ForeignLabel::TooMany => format!(
            "The image of {name} has more labels than are read (1,000, or 1 MiB), so it is unknown \
             which of them the proxy or Coolify would act on"
        ),
    }
}

/// 422: the container may not run.
pub(crate) fn foreign_label(name: &str, label: &ForeignLabel, ending: &str) -> Failure {
    Failure::rejected(format!("{}. {ending}", describe_label(name, label))).hint(FIX)
}

/// Stops those of the resource's containers that run, and adds their names to `stopped`. If one can't be
/// stopped, the others are.
///
/// # Errors
///
/// The first failure.
pub(crate) async fn stop_all(
    host: &OnHost,
    seen: &Inventory,
    stopped: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let running = seen.containers().filter(|(_, state)| state.status.may_run());
    let stops: Vec<_> = running.map(|(container, state)| stop(host, container, state)).collect();
    let stops: Vec<_> = stream::iter(stops).buffered(CONCURRENCY).collect().await;
    let (done, failed): (Vec<_>, Vec<_>) = stops.into_iter().partition(Result::is_ok);
    stopped.extend(done.into_iter().flatten());
    failed.into_iter().next().map_or(Ok(()), |failed| failed.map(drop))
}

/// Ends all containers of a resource, because the image of this one has a label that it may not have; the same is not
/// started again. Returns whether none was seen to run afterwards.
pub(crate) async fn end_rejected(
    cx: &Workspace,
    host: &OnHost,
    resource: &Hosted,
    (rejected, label): (&InspectedContainer, &ForeignLabel),
) -> bool {
    let seen = std::slice::from_ref(&rejected.container);
    cx.end_rejected(host, resource, seen, label).await.is_whole()
}

/// Stops a container, and returns its name.
async fn stop(
    host: &OnHost,
    container: &OwnContainer,
    state: &ContainerDetails,
) -> Result<String, Failure> {
    host.stop(container, state).await?;
    Ok(container.name().to_owned())
}

/// No docker host is configured for the server.
pub(crate) fn no_docker_host() -> Failure {
    let mut failure = Failure::unready("No docker host is configured, so nothing was done.")
        .hint("Tell the operator: COVIBE_DOCKER_HOST is not set for the resource's server.");
    failure.permanent = true;
    failure
}

/// The app has no service of this name.
fn unknown_service(name: &str, services: &[String]) -> Failure {
    let similar = similar_names(name, services.iter().map(String::as_str), 1).into_iter().next();
    let message = match similar {
        Some(similar) => {
            format!(
                "There is no service {}. Did you mean {}?",
                quotable_name(name),
                quotable_name(similar)
            )
        }
        None => format!("There is no service {}.", quotable_name(name)),
    };
    Failure::invalid(message).hint(list_services(services))
}

/// The app has several services, but the call does not name one.
fn no_service_named(services: &[String]) -> Failure {
    Failure::invalid("The app has several services, but the call does not name one.")
        .hint(format!("Pass `service`. {}", list_services(services)))
}

/// The resource has one container, and the call names a service.
fn without_services() -> Failure {
    Failure::invalid("The resource has one container and no services.").hint("Leave `service` out.")
}

/// There is no container.
fn no_container(how_to_start: &str) -> Failure {
    Failure::conflict("The resource has no container, so nothing was run.").hint(format!(
        "It never ran, or it was stopped in Coolify, or it crashed ten times and Coolify removed \
         its container. apps.logs shows more. {how_to_start}"
    ))
}

fn list_services(services: &[String]) -> String {
    let names: Vec<_> = services.iter().take(MAX_LISTED).map(|name| quotable_name(name)).collect();
    format!("The services: {}.", names.join(", "))
}
