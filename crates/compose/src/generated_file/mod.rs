//! Judging the file that Coolify generates of an app's: what it routes, names and mounts.

mod allowed_names;
mod mounts;
mod networks;
mod node_reading;
mod routing_labels;

use self::allowed_names::Strays;
use self::node_reading::{entries, member, text};
use crate::file_location::Location;
use crate::judge;
use crate::problem_list::Report;
use crate::yaml::{self, Node};
use crate::yaml_tree::Tree;

pub use allowed_names::{OwnNames, Stray};
pub use routing_labels::sets_label;

/// Returns everything in a generated file that the app may not have: routes of hosts that are not
/// its own, foreign names of containers, volumes and networks, mounts of the host, and keys by
/// which a container leaves its confinement. Values are never repeated. Returns `None` if the file can't be read, which says nothing about the app.
pub fn strays(generated: &str, own: &OwnNames<'_>) -> Option<Vec<Stray>> {
    let root = yaml::read_stored(generated).ok()?;
    let mut found = Strays::default();
    file(&root, own, &mut found);
    unconfined(&root, &mut found);
    Some(found.0)
}

fn file(root: &Node, own: &OwnNames<'_>, found: &mut Strays) {
    let added = networks::check_declared(root, own, found);
    mounts::check_volumes(root, own, found);
    let at = Location::file().key("services");
    for (name, service) in entries(member(root, "services")) {
        let at = at.key(name);
        if text(member(service, "container_name")) != Some(&own.container(name)) {
            found.add(&at.key("container_name"), "the container's name does not belong to the app");
        }
        routing_labels::check(name, member(service, "labels"), own, &at.key("labels"), found);
        networks::check_attached(name, member(service, "networks"), &added, own, &at, found);
        mounts::check_mounts(member(service, "volumes"), own, &at.key("volumes"), found);
    }
}

/// Finds the keys of services that the judge would refuse.
fn unconfined(root: &Node, found: &mut Strays) {
    let mut report = Report::default();
    judge::confinement(&mut report, &Tree::from(root));
    for at in report.locations() {
        found.add(at, "the container would escape its confinement");
    }
}

#[cfg(test)]
mod tests;
