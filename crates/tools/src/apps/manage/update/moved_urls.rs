//! The URLs of a compose app whose file changes.

use covibe_compose::{ComposeService, stored_services};
use covibe_coolify::Service;

use super::changes_since_start::RouteChange;
use crate::apps::app_urls::Address;

/// Returns the removal of the URLs of containers that the new file does not have, or has as databases:
/// Coolify would go on listing them, with their domains taken (seen with 4.3.11).
pub(in crate::apps) fn removed_urls(
    present: &Service,
    file: &[ComposeService],
) -> Vec<(String, String)> {
    let stays = |name: &str| file.iter().any(|each| each.name == name && !each.is_database);
    let gone = present.applications.iter().filter(|one| one.fqdn.is_some() && !stays(&one.name));
    gone.map(|one| (one.name.clone(), String::new())).collect()
}

/// The URLs of a container whose port changes with the file.
pub(super) struct MovedRoutes {
    service: String,
    /// All URLs of the container as they become, and the port from which each was moved.
    urls: Vec<(Address, Option<u16>)>,
}

impl MovedRoutes {
    /// Returns the container and its URLs, as Coolify takes them.
    pub(super) fn coolify_urls(&self) -> (String, String) {
        let urls: Vec<_> = self.urls.iter().map(|(url, _)| url.to_string()).collect();
        (self.service.clone(), urls.join(","))
    }

    /// Returns the change of each URL that was moved.
    pub(super) fn changes(&self) -> impl Iterator<Item = RouteChange> {
        let change = |(url, from): &(Address, Option<u16>)| {
            let (service, public, from, to) =
                (&self.service, url.public_url(), (*from)?, url.port?);
            let text = format!(
                "{service}: the file no longer exposes port {from}, so {public} now points to port \
                 {to}; apps.domains.set chooses another port."
            );
            Some(RouteChange { text, service: Some(service.clone()), urls: vec![url.to_string()] })
        };
        self.urls.iter().filter_map(change)
    }
}

/// Returns the URLs of containers with a port that the current file exposes and the new one does not:
/// Coolify keeps the old port (seen with 4.3.11). A port that neither exposes was chosen by a caller,
/// and stays.
pub(super) fn moved_routes(present: &Service, file: &[ComposeService]) -> Vec<MovedRoutes> {
    let before = present.compose().map(stored_services).unwrap_or_default();
    let containers = present.applications.iter();
    let moved = containers.filter_map(|container| {
        let is_it = |each: &&ComposeService| each.name == container.name && !each.is_database;
        let (old, new) = (before.iter().find(is_it)?, file.iter().find(is_it)?);
        let first = new.ports.first().copied()?;
        let addresses = container.urls().into_iter().filter_map(|url| Address::parse(&url));
        let urls = addresses.map(|address| {
            match lost_port(&address, Some(old.ports.as_slice()), &new.ports) {
                Some(port) => (address.with_port(Some(first)), Some(port)),
                None => (address, None),
            }
        });
        let urls: Vec<_> = urls.collect();
        let is_moved = urls.iter().any(|(_, from)| from.is_some());
        is_moved.then(|| MovedRoutes { service: container.name.clone(), urls })
    });
    moved.collect()
}

/// Returns URLs that lead to a service with other ports. `old` are those of the service that they lead to
/// now, if they are known.
pub(super) fn follow_ports(urls: Vec<Address>, old: Option<&[u16]>, new: &[u16]) -> Vec<Address> {
    let first = new.first().copied();
    let follow = |address: Address| match lost_port(&address, old, new) {
        Some(_) => address.with_port(first.or(address.port)),
        None => address,
    };
    urls.into_iter().map(follow).collect()
}

/// Returns the port of a URL that the current service exposes, and the new one does not.
fn lost_port(address: &Address, old: Option<&[u16]>, new: &[u16]) -> Option<u16> {
    let was_exposed = |port: &u16| old.is_none_or(|old| old.contains(port));
    address.port.filter(|port| was_exposed(port) && !new.contains(port))
}
