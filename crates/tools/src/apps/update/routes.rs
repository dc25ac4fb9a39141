//! The URLs of a compose app whose file changes.

use covibe_compose::ComposeService;
use covibe_coolify::Service;

use crate::apps::address::Address;

/// Returns the removal of the URLs of containers that the new file does not have, or has as databases:
/// Coolify would go on listing them, with their domains taken (seen with 4.3.11).
pub(in crate::apps) fn cleared(
    present: &Service,
    file: &[ComposeService],
) -> Vec<(String, String)> {
    let stays = |name: &str| file.iter().any(|each| each.name == name && !each.is_database);
    let gone = present.applications.iter().filter(|one| one.fqdn.is_some() && !stays(&one.name));
    gone.map(|one| (one.name.clone(), String::new())).collect()
}

/// Returns the URLs of containers whose port the new file changes: Coolify keeps the old port (seen with
/// 4.3.11).
pub(super) fn moved(present: &Service, file: &[ComposeService]) -> Vec<(String, String)> {
    let mut moved = Vec::new();
    for service in file.iter().filter(|service| !service.is_database) {
        let container = present.applications.iter().find(|one| one.name == service.name);
        let urls = container.map(covibe_coolify::ServiceApplication::urls).unwrap_or_default();
        let addresses: Vec<_> = urls.iter().filter_map(|url| Address::parse(url)).collect();
        let is_served = |address: &Address| {
            address
                .port
                .is_none_or(|port| service.ports.is_empty() || service.ports.contains(&port))
        };
        if addresses.iter().all(is_served) {
            continue;
        }
        let with_port = |address: &Address| {
            let port =
                if is_served(address) { address.port } else { service.ports.first().copied() };
            address.with_port(port).to_string()
        };
        let urls: Vec<_> = addresses.iter().map(with_port).collect();
        moved.push((service.name.clone(), urls.join(",")));
    }
    moved
}
