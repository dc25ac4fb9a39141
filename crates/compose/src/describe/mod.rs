//! What callers learn of a judged file: its services, and hints.

mod database;
mod hints;

use crate::canonical::Plain;
use crate::judge::checks::{health, networks};
use crate::model::ComposeService;

pub(crate) use hints::hints;

/// The services of a judged file, in their order.
pub(crate) fn services(file: &Plain) -> Vec<ComposeService> {
    let services = file.get("services").map(Plain::members).unwrap_or_default();
    let each = services.iter().map(|(name, service)| ComposeService {
        name: name.clone(),
        image: service.get("image").and_then(Plain::as_str).unwrap_or_default().to_owned(),
        ports: ports(service),
        is_database: database::is_database(service),
        has_healthcheck: health::checks(service),
    });
    each.collect()
}

fn ports(service: &Plain) -> Vec<u16> {
    let items = service.get("expose").map(Plain::items).unwrap_or_default();
    items.iter().filter_map(Plain::as_str).filter_map(networks::port_of).collect()
}
