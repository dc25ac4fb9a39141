//! Describing a judged file: its services, and hints.

pub(crate) mod database_detection;
mod hints;
mod numeric_texts;
mod placeholders;

use crate::accepted_file::ComposeService;
use crate::file_location::Location;
use crate::judge::checks::{commands, networks};
use crate::judge::resource_limits::{Limit, MEMORY, PROCESSES};
use crate::operator_rules::Rules;
use crate::repository::join_paths;
use crate::rewrite_changes::Change;
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

/// Gives each service the operator's limits, unless it has its own. Returns one change for each limit.
pub(crate) fn limit(file: &mut Tree, rules: &Rules) -> Vec<Change> {
    let memory = rules.memory.as_ref().map(|size| (Tree::text(size), size.clone()));
    let processes = rules.processes.map(|most| (Tree::Int(most.into()), most.to_string()));
    let mut changes = Vec::new();
    for (limit, default) in [(MEMORY, memory), (PROCESSES, processes)] {
        let Some((value, text)) = default else { continue };
        let names = add_limit(file, &limit, &value);
        changes.extend((!names.is_empty()).then(|| added_limit(limit.key, &text, &names)));
    }
    changes
}

/// Gives each service without this limit its default. Returns the names of these services.
fn add_limit(file: &mut Tree, limit: &Limit, default: &Tree) -> Vec<String> {
    let mut names = Vec::new();
    for (name, service) in file.get_mut("services").map(Tree::members_mut).unwrap_or_default() {
        if limit.in_service(service).or(limit.in_section(service)).is_none() {
            limit.set(service, default.clone());
            names.push(name.clone());
        }
    }
    names
}

/// Returns the change of the services that got a limit.
fn added_limit(key: &str, value: &str, names: &[String]) -> Change {
    let path = Location::file().key("services").key("*").key(key).to_string();
    let change = format!("became {value} for {}", names.join(", "));
    Change { path, change, why: "a service without this limit gets the operator's default" }
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
