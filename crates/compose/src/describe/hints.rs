//! Hints: advice about a file that was accepted.

use covibe_domain::variables::is_domain_variable;

use super::database;
use crate::judge::checks::image;
use crate::judge::table;
use crate::model::ComposeService;
use crate::tree::Tree;
use crate::yaml::{Node, Value};

/// The most names that a hint lists.
const LISTED: usize = 10;

/// Returns the hints of a file, at most one of each kind.
pub(crate) fn hints(node: &Node, file: &Tree, services: &[ComposeService]) -> Vec<String> {
    let tree = |name: &str| file.get("services").and_then(|services| services.get(name));
    let which = |test: &dyn Fn(&ComposeService, &Tree) -> bool| {
        let named =
            services.iter().filter(|one| tree(&one.name).is_some_and(|tree| test(one, tree)));
        named.map(|service| service.name.as_str()).collect::<Vec<_>>()
    };
    let without_start_period = which(&|one, tree| {
        let health = tree.get("healthcheck");
        one.has_healthcheck && health.is_some_and(|health| health.get("start_period").is_none())
    });
    let floating = which(&|one, _| database::is_image(&one.image) && is_floating(&one.image));
    let portless = which(&|one, _| {
        one.ports.is_empty() && !one.is_database && !database::is_image(&one.image)
    });
    let no_policy =
        which(&|_, tree| tree.get("restart").is_none() && restart_policy(tree).is_none());
    let domains = which(&|_, tree| {
        let environment = tree.get("environment").map(Tree::members).unwrap_or_default();
        environment.iter().any(|(name, _)| is_domain_variable(name))
    });
    let kinds = [
        (
            without_start_period,
            "the healthcheck has no start_period: set 120s to 600s if the first start runs migrations",
        ),
        (
            floating,
            "the database image has no fixed tag: a later pull may bring a version that can't read the data",
        ),
        (
            portless,
            "no port is exposed: list the port under expose if a domain should reach the service",
        ),
        (no_policy, "no restart policy is set: Coolify uses unless-stopped"),
        (domains, "SERVICE_FQDN_* and SERVICE_URL_* get their values from the assigned domains"),
        (
            internal(file),
            "an internal network does not isolate its services: they are also on the app's own network, which reaches the internet",
        ),
    ];
    let applicable = kinds.into_iter().filter(|(names, _)| !names.is_empty());
    applicable
        .map(|(names, text)| format!("{}: {text}.", listed(&names)))
        .chain(dropped(node))
        .collect()
}

/// Returns the networks that are declared as internal.
fn internal(file: &Tree) -> Vec<&str> {
    let declared = file.get("networks").map(Tree::members).unwrap_or_default();
    let internal = declared.iter().filter(|(_, it)| it.get("internal") == Some(&Tree::Bool(true)));
    internal.map(|(name, _)| name.as_str()).collect()
}

fn restart_policy(service: &Tree) -> Option<&Tree> {
    service.get("deploy")?.get("restart_policy")
}

fn is_floating(text: &str) -> bool {
    image::split(text).1.is_none_or(|version| version == ":latest")
}

fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Returns the hint about top-level keys that were not sent.
fn dropped(node: &Node) -> Option<String> {
    let Value::Map(entries) = &node.value else { return None };
    let is_dropped = |key: &str| key == "version" || table::is_extension(key);
    let keys: Vec<_> =
        entries.iter().map(|(key, _)| key.as_str()).filter(|key| is_dropped(key)).collect();
    (!keys.is_empty()).then(|| format!("{}: removed, because it has no effect.", listed(&keys)))
}
