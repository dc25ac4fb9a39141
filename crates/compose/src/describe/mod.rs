//! Describing a judged file: its services, and hints.

mod database;
mod hints;

use crate::judge::checks::{health, networks};
use crate::model::ComposeService;
use crate::tree::Tree;

pub(crate) use hints::hints;

/// Returns the services of a judged file, in their order.
pub(crate) fn services(file: &Tree) -> Vec<ComposeService> {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let each = services.iter().map(|(name, service)| ComposeService {
        name: name.clone(),
        image: service.get("image").and_then(Tree::as_str).unwrap_or_default().to_owned(),
        ports: ports(service),
        is_database: database::is_database(service),
        has_healthcheck: health::is_active(service),
    });
    each.collect()
}

fn ports(service: &Tree) -> Vec<u16> {
    let items = service.get("expose").map(Tree::items).unwrap_or_default();
    items.iter().filter_map(Tree::as_str).filter_map(networks::port_of).collect()
}
