//! `networks`: Coolify puts all services of a file on one network of its own, so none is sent.

use super::rewriter::{Rewriter, each_service, services};
use crate::location::Location;
use crate::tree::Tree;

/// The most aliases of a service that are looked for in the file; further ones are only dropped.
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
    each_service(file, |name, at, service| {
        let mode = service.get("network_mode").and_then(Tree::as_str);
        if matches!(mode, Some("bridge" | "default")) {
            service.remove("network_mode");
            rewriter.note(&at.key("network_mode"), "dropped", OWN);
        }
        if service.remove("networks").is_some() {
            rewriter.note(&at.key("networks"), "dropped", OWN);
        }
        for Alias { service: of, alias } in &aliases {
            if of != name && uses(service, alias) {
                link(service, &format!("{of}:{alias}"));
                rewriter.note(&at.key("links"), format!("added {of}:{alias}"), LINKED);
            }
        }
    });
    if file.remove("networks").is_some() {
        rewriter.note(&Location::file().key("networks"), "dropped", OWN);
    }
}

fn aliases(file: &Tree) -> Vec<Alias> {
    let mut aliases = Vec::new();
    for (name, service) in services(file) {
        let networks = service.get("networks").map(Tree::members).unwrap_or_default();
        let written = networks.iter().filter_map(|(_, options)| options.get("aliases"));
        let written = written.flat_map(Tree::items).filter_map(Tree::as_str);
        for alias in written.take(MOST_ALIASES) {
            let is_service = services(file).iter().any(|(known, _)| known == alias);
            let is_known = aliases.iter().any(|each: &Alias| each.alias == alias);
            if !is_service && !is_known {
                aliases.push(Alias { service: name.clone(), alias: alias.to_owned() });
            }
        }
    }
    aliases
}

/// Returns whether a service names a host in what it runs.
fn uses(service: &Tree, host: &str) -> bool {
    let keys = ["environment", "command", "entrypoint", "healthcheck"];
    keys.iter().filter_map(|key| service.get(key)).any(|value| contains(value, host))
}

fn contains(value: &Tree, host: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let in_text = value
        .as_str()
        .is_some_and(|text| text.split(|c: char| !is_of_name(c)).any(|word| word == host));
    in_text
        || value.items().iter().any(|item| contains(item, host))
        || value.members().iter().any(|(_, member)| contains(member, host))
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
