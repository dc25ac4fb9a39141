//! Places in a container at which two things are mounted.

use crate::location::Location;
use crate::refusals::two_mounts;
use crate::report::Report;
use crate::tree::Tree;

/// Reports memory at the path of a volume, which Docker Compose refuses (compose-go 2.16.2).
pub(super) fn check(report: &mut Report, file: &Tree) {
    for (name, service) in file.get("services").map(Tree::members).unwrap_or_default() {
        let items = |key: &str| service.get(key).map(Tree::items).unwrap_or_default();
        let volumes: Vec<_> = items("volumes").iter().filter_map(target).map(path).collect();
        for (index, item) in items("tmpfs").iter().enumerate() {
            let memory = item.as_str().and_then(|item| item.split(':').next());
            if memory.map(path).is_some_and(|memory| volumes.contains(&memory)) {
                let at = Location::file().key("services").key(name).key("tmpfs").item(index);
                report.add(&at, two_mounts());
            }
        }
    }
}

/// Returns the path at which an item of `volumes` is mounted.
fn target(item: &Tree) -> Option<&str> {
    match item.as_str() {
        Some(short) => short.split(':').nth(1),
        None => item.get("target").and_then(Tree::as_str),
    }
}

fn path(written: &str) -> &str {
    written.trim_end_matches('/')
}
