//! Describing a judged file: its services, and hints.

pub(crate) mod database_detection;
mod hints;
mod numeric_texts;
mod placeholders;

use crate::accepted_file::ComposeService;
use crate::judge::checks::{commands, networks};
use crate::judge::resource_limits::{MEMORY, PROCESSES};
use crate::operator_rules::Rules;
use crate::repository::join_paths;
use crate::yaml;
use crate::yaml_tree::Tree;

pub(crate) use hints::hints;
pub(crate) use numeric_texts::readings;
pub(crate) use placeholders::placeholders;

/// Returns the services of a judged file, in their order.
pub(crate) fn services(file: &Tree) -> Vec<ComposeService> {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let each = services.iter().map(|(name, service)| ComposeService {
        name: name.clone(),
        image: service.get("image").and_then(Tree::as_str).unwrap_or_default().to_owned(),
        ports: exposed_ports(service),
        is_database: database_detection::is_database(service),
        has_healthcheck: commands::has_healthcheck(service),
        runs_on: service.get("restart").and_then(Tree::as_str) != Some("no"),
    });
    each.collect()
}

/// Returns the services of a judged file that are built, with their Dockerfiles as paths from the folder that is built.
pub(crate) fn builds(file: &Tree) -> Vec<(String, String)> {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let dockerfile = |(name, service): &(String, Tree)| {
        let build = service.get("build")?;
        let text = |key: &str| build.get(key).and_then(Tree::as_str).unwrap_or_default();
        Some((name.clone(), join_paths(text("context"), text("dockerfile"))?))
    };
    services.iter().filter_map(dockerfile).collect()
}

/// Gives each service the operator's limits, unless it has its own.
pub(crate) fn limit(file: &mut Tree, rules: &Rules) {
    let memory = rules.memory.as_ref().map(Tree::text);
    let processes = rules.processes.map(|most| Tree::Int(most.into()));
    let defaults = [(MEMORY, memory), (PROCESSES, processes)];
    for (_, service) in file.get_mut("services").map(Tree::members_mut).unwrap_or_default() {
        for (limit, default) in &defaults {
            let is_set = limit.in_service(service).or(limit.in_section(service)).is_some();
            if let Some(default) = default.as_ref().filter(|_| !is_set) {
                limit.set(service, default.clone());
            }
        }
    }
}

/// Returns the services of a file that is stored already, as far as they can be read.
pub fn stored_services(text: &str) -> Vec<ComposeService> {
    yaml::read_stored(text).map(|root| services(&Tree::from(&*root))).unwrap_or_default()
}

/// Returns the ports that a service exposes.
pub(crate) fn exposed_ports(service: &Tree) -> Vec<u16> {
    let items = service.get("expose").map(Tree::items).unwrap_or_default();
    items.iter().filter_map(Tree::as_str).filter_map(networks::port_of).collect()
}
