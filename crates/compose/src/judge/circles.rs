//! Circles of services that wait for each other, of which Docker Compose starts none.

use crate::location::Location;
use crate::refusals::services::circle;
use crate::report::Report;
use crate::tree::Tree;

/// Returns the services that a service waits for: those that it depends on, and those that it has links to.
pub(crate) fn awaited(service: &Tree) -> impl Iterator<Item = &str> {
    let depends = service.get("depends_on").map(Tree::members).unwrap_or_default();
    let links = service.get("links").map(Tree::items).unwrap_or_default();
    let links = links.iter().filter_map(Tree::as_str).filter_map(|link| link.split(':').next());
    depends.iter().map(|(name, _)| name.as_str()).chain(links)
}

/// Returns the way from one service to another over those that each waits for; `None` if there is none.
pub(crate) fn way<'a>(
    services: &'a [(String, Tree)],
    from: &'a str,
    to: &str,
) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![from]];
    let mut seen = vec![from];
    while let Some(way) = ways.pop() {
        let last = way.last().copied()?;
        let service = services.iter().find(|(name, _)| name == last).map(|(_, service)| service);
        for next in service.into_iter().flat_map(awaited) {
            if next == to {
                return Some([&way[..], &[next]].concat());
            }
            if !seen.contains(&next) {
                seen.push(next);
                ways.push([&way[..], &[next]].concat());
            }
        }
    }
    None
}

/// Reports each service that waits for itself; of the services of one circle, the first.
pub(super) fn check(report: &mut Report, file: &Tree) {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let mut told: Vec<&str> = Vec::new();
    for (name, _) in services {
        let circle_of = way(services, name, name).filter(|_| !told.contains(&name.as_str()));
        if let Some(names) = circle_of {
            let at = Location::file().key("services").key(name);
            report.add(&at, circle(&names));
            told.extend(names);
        }
    }
}
