//! Hints: advice about a file that was accepted.

use covibe_domain::interpreted_variables::is_domain_variable;

use super::database_detection;
use crate::accepted_file::ComposeService;
use crate::judge::checks::image;
use crate::yaml_tree::Tree;

/// The maximum number of names that a hint lists.
const LISTED: usize = 10;

/// The condition under which a hint applies to a service.
type Applies = fn(&ComposeService, &Tree) -> bool;

/// The hints about services.
const OF_SERVICES: [(Applies, &str); 5] = [
    (
        lacks_start_period,
        "the healthcheck has no start_period: set 120s to 600s if the first start runs migrations",
    ),
    (
        has_floating_database,
        "the database image has no fixed tag: a later pull may bring a version that can't read the \
         data",
    ),
    (
        exposes_nothing,
        "no port is exposed: list the port under expose if a domain should reach the service",
    ),
    (lacks_restart_policy, "no restart policy is set: Coolify uses unless-stopped"),
    (reads_domains, "SERVICE_FQDN_* and SERVICE_URL_* get their values from the assigned domains"),
];

/// Returns the hints of a file, at most one of each kind.
pub(crate) fn hints(file: &Tree, services: &[ComposeService]) -> Vec<String> {
    let of_services = OF_SERVICES
        .iter()
        .map(|(applies, text)| (services_with_hint(file, services, *applies), *text));
    let applicable = of_services.filter(|(names, _)| !names.is_empty());
    applicable.map(|(names, text)| format!("{}: {text}.", list_names(&names))).collect()
}

/// Returns the names of the services to which a hint applies.
fn services_with_hint<'a>(
    file: &Tree,
    services: &'a [ComposeService],
    applies: Applies,
) -> Vec<&'a str> {
    let tree = |name: &str| file.get("services").and_then(|services| services.get(name));
    let named = services.iter().filter(|it| tree(&it.name).is_some_and(|tree| applies(it, tree)));
    named.map(|service| service.name.as_str()).collect()
}

fn lacks_start_period(service: &ComposeService, tree: &Tree) -> bool {
    let health = tree.get("healthcheck");
    service.has_healthcheck && health.is_some_and(|health| health.get("start_period").is_none())
}

fn has_floating_database(service: &ComposeService, _: &Tree) -> bool {
    let is_floating = || image::split(&service.image).1.is_none_or(|version| version == ":latest");
    database_detection::is_image(&service.image) && is_floating()
}

fn exposes_nothing(service: &ComposeService, _: &Tree) -> bool {
    service.ports.is_empty()
        && !service.is_database
        && !database_detection::is_image(&service.image)
}

fn lacks_restart_policy(_: &ComposeService, tree: &Tree) -> bool {
    let of_deploy = tree.get("deploy").and_then(|deploy| deploy.get("restart_policy"));
    tree.get("restart").is_none() && of_deploy.is_none()
}

fn reads_domains(_: &ComposeService, tree: &Tree) -> bool {
    let environment = tree.get("environment").map(Tree::members).unwrap_or_default();
    environment.iter().any(|(name, _)| is_domain_variable(name))
}

fn list_names(names: &[&str]) -> String {
    let shown = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
