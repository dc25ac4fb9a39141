//! Failures of choosing a container.

use covibe_domain::Failure;
use covibe_operation::{quotable_name, similar_names};

/// The maximum number of services that a hint lists.
const MAX_LISTED: usize = 40;

/// No docker host is configured for the server.
pub(crate) fn no_docker_host() -> Failure {
    let mut failure = Failure::unready("This server reaches no docker host, so nothing was done.")
        .hint("Tell the operator: COVIBE_DOCKER_HOST is not set for the resource's server.");
    failure.permanent = true;
    failure
}

/// The app has no service of this name.
pub(super) fn unknown_service(name: &str, services: &[String]) -> Failure {
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

/// The app has several services, and the call names none.
pub(super) fn no_service_named(services: &[String]) -> Failure {
    Failure::invalid("The app has several services, and the call names none.")
        .hint(format!("Pass service. {}", list_services(services)))
}

/// The resource has one container, and the call names a service.
pub(super) fn without_services() -> Failure {
    Failure::invalid("It has one container and no services.").hint("Leave service out.")
}

/// There is no container.
pub(super) fn no_container(how_to_start: &str) -> Failure {
    Failure::conflict("It has no container, so nothing was run.").hint(format!(
        "It never ran, or it was stopped in Coolify, or it crashed ten times and Coolify removed its \
         container. apps.logs says more. {how_to_start}"
    ))
}

fn list_services(services: &[String]) -> String {
    let names: Vec<_> = services.iter().take(MAX_LISTED).map(|name| quotable_name(name)).collect();
    format!("The services: {}.", names.join(", "))
}
