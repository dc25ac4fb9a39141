//! Mounts and volumes: only those that Coolify named by the uuid, and memory.

use super::allowed_names::{OwnNames, Strays};
use super::node_reading::{entries, is_true, items, member, text};
use crate::file_location::Location;
use crate::yaml::{Node, Value};

/// Checks the volumes that the file declares.
pub(super) fn check_volumes(root: &Node, own: &OwnNames<'_>, found: &mut Strays) {
    let at = Location::file().key("volumes");
    for (name, volume) in entries(member(root, "volumes")) {
        let written = text(member(volume, "name")).unwrap_or(name);
        if is_true(member(volume, "external")) || !is_own(written, own) {
            found.add(&at.key(name), "the volume's name does not belong to the app");
        }
        if member(volume, "driver_opts").is_some_and(|options| !options.is_null()) {
            found.add(&at.key(name), "the volume has driver options that act on the host");
        }
    }
}

/// Checks the mounts of a service.
pub(super) fn check_mounts(
    mounts: Option<&Node>,
    own: &OwnNames<'_>,
    at: &Location,
    found: &mut Strays,
) {
    for (index, mount) in items(mounts).enumerate() {
        if !is_allowed(mount, own) {
            found.add(&at.item(index), "the mount is neither a volume of the app nor a tmpfs");
        }
    }
}

fn is_allowed(mount: &Node, own: &OwnNames<'_>) -> bool {
    if let Value::Map(_) = mount.value {
        return match text(member(mount, "type")) {
            Some("tmpfs") => true,
            Some("volume") => text(member(mount, "source")).is_some_and(|name| is_own(name, own)),
            _ => false,
        };
    }
    let source = text(Some(mount)).and_then(|mount| mount.split_once(':'));
    source.is_some_and(|(source, _)| is_own(source, own))
}

fn is_own(volume: &str, own: &OwnNames<'_>) -> bool {
    volume.strip_prefix(own.uuid).is_some_and(|rest| rest.starts_with(['_', '-']))
}
