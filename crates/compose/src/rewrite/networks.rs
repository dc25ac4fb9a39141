//! `networks`: Coolify puts all services of a file on one network of its own, so none is sent.

use std::collections::{HashMap, HashSet};

use super::host_names::{self, Use};
use super::rewriter::{Rewriter, each_service, services};
use crate::file_location::Location;
use crate::judge::checks::names::is_service;
use crate::judge::dependencies::Graph;
use crate::yaml_tree::Tree;

/// The maximum number of aliases of a service that are looked for in the file; further ones are only dropped.
const MOST_ALIASES: usize = 20;

const OWN: &str = "Coolify puts all services of the file on a network of their own";
const LINKED: &str = "other services use this alias as a host name";

/// An alias of a service on a network of the file.
struct Alias {
    service: String,
    alias: String,
}

/// Drops networks. An alias that the file uses as a host name becomes a link where it is used.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let aliases = aliases(file);
    each_service(file, |_, at, service| {
        let mode = service.get("network_mode").and_then(Tree::as_str);
        if matches!(mode, Some("bridge" | "default")) {
            service.remove("network_mode");
            rewriter.note(&at.key("network_mode"), "dropped", OWN);
        }
        if service.remove("networks").is_some() {
            rewriter.note(&at.key("networks"), "dropped", OWN);
        }
    });
    for (name, Alias { service: of, alias }) in uses(file, &aliases) {
        let at = Location::file().key("services").key(&name).key("links");
        let service = file.get_mut("services").and_then(|services| services.get_mut(&name));
        if let Some(service) = service {
            link(service, &format!("{of}:{alias}"));
            rewriter.note(&at, format!("added {of}:{alias}"), LINKED);
        }
    }
    if file.remove("networks").is_some() {
        rewriter.note(&Location::file().key("networks"), "dropped", OWN);
    }
}

/// Returns the aliases of the services, each once. What is no host name, or the name of a service, is left out.
fn aliases(file: &Tree) -> Vec<Alias> {
    let mut known: HashSet<&str> = services(file).iter().map(|(name, _)| name.as_str()).collect();
    let mut aliases = Vec::new();
    for (name, service) in services(file) {
        let networks = service.get("networks").map(Tree::members).unwrap_or_default();
        let written = networks.iter().filter_map(|(_, options)| options.get("aliases"));
        let written = written.flat_map(Tree::items).filter_map(Tree::as_str);
        for alias in written.take(MOST_ALIASES).filter(|alias| is_service(alias)) {
            if known.insert(alias) {
                aliases.push(Alias { service: name.clone(), alias: alias.to_owned() });
            }
        }
    }
    aliases
}

/// Returns which services use which aliases. A word that may be something else than a host is no reason for a link that
/// would close a circle.
fn uses<'a>(file: &Tree, aliases: &'a [Alias]) -> Vec<(String, &'a Alias)> {
    let hosts: HashSet<&str> = aliases.iter().map(|each| each.alias.as_str()).collect();
    let mut found = Vec::new();
    let mut graph = Graph::from_services(services(file));
    for (name, service) in services(file) {
        let used = host_names::host_uses(service, &hosts);
        // Links of this service make no new way to it.
        let mut ways: HashMap<&str, bool> = HashMap::new();
        for alias in aliases.iter().filter(|alias| alias.service != *name) {
            let mut closes = || {
                let way = || graph.find_way(&alias.service, name).is_some();
                *ways.entry(&alias.service).or_insert_with(way)
            };
            let is_linked = match used.get(alias.alias.as_str()) {
                Some(Use::Host) => true,
                Some(Use::Word) => !closes(),
                Some(Use::None) | None => false,
            };
            if is_linked {
                found.push((name.clone(), alias));
                graph.add(name, &alias.service);
            }
        }
    }
    found
}

fn link(service: &mut Tree, link: &str) {
    let mut links = match service.remove("links") {
        Some(Tree::List(links)) => links,
        _ => Vec::new(),
    };
    if links.iter().all(|known| known.as_str() != Some(link)) {
        links.push(Tree::text(link));
    }
    service.set("links", Tree::List(links));
}
