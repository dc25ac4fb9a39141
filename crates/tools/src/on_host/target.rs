//! The choice of a container of a resource.

use covibe_compose::listed_services;
use covibe_domain::Failure;
use covibe_workspace::{Hosted, OwnContainer};

use super::errors::{no_container, no_service_named, unknown_service, without_services};

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
    let file = resource.service().and_then(|service| service.compose());
    let listed = file.map(listed_services).unwrap_or_default();
    let mut names: Vec<_> = listed.into_iter().map(|service| service.name).collect();
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
    let is_meant = |each: &OwnContainer| name.as_ref().is_none_or(|name| each.service() == name);
    let meant = containers.into_iter().filter(is_meant);
    let newest = meant.max_by_key(|each| (each.is_running(), each.created_at()));
    newest.ok_or_else(|| no_container(resource.how_to_start()))
}
