//! Failures that concern domains.

use covibe_domain::{Failure, names};

/// The longest service name that is repeated in a message: that of a DNS label.
const MAX_SHOWN: usize = 63;

/// `service` for an app that has one container.
pub(super) fn app_without_services() -> Failure {
    Failure::invalid("The app has no services.")
        .hint("Leave `service` out: the app has one container.")
}

/// A service that the app does not have; `known` are those that can have a domain.
pub(super) fn unknown_service(service: &str, known: &[String]) -> Failure {
    let shown = names::displayable(service, MAX_SHOWN);
    Failure::invalid(format!("The app has no service {shown}.")).hint(choices(known))
}

/// Returns the hint that lists the services that can have a domain.
pub(super) fn choices(known: &[String]) -> String {
    format!("Services that can have a domain: {}.", known.join(", "))
}

/// An app whose services are all databases.
pub(super) fn only_databases() -> Failure {
    Failure::invalid("The app has no service that can have a domain.")
        .hint("Coolify treats all of them as databases because of their images.")
}

/// A host that leads to another service of the same app.
pub(super) fn host_of_other_service(host: &str, service: &str) -> Failure {
    Failure::conflict(format!("The domain {host} points to the app's service {service}."))
        .hint(format!("Remove it there first: call apps.domains.set with `service` {service}."))
}

/// One of several hosts that Coolify refuses without saying which.
pub(super) fn taken_hosts() -> Failure {
    Failure::conflict("One of the domains is taken.")
        .hint("Set them one by one to find out which; pass another domain in its place.")
}

/// The same host with two ports; `at` is its index in `domains`.
pub(super) fn second_port(at: usize, host: &str) -> Failure {
    Failure::invalid(format!("`domains[{at}]` names {host} again, with another port."))
        .hint("List each host once, with one port.")
}

/// A URL with parts that cannot be set; `at` is its index in `domains`.
pub(super) fn invalid_url(at: usize, rule: &str, host: &str) -> Failure {
    Failure::invalid(format!("`domains[{at}]` {rule}.")).hint(format!(
        "Pass a host, or its URL with the container's port: {host} or https://{host}:3000"
    ))
}
