//! The volumes that the services of a file mount, and the changes of these by another file.
//!
//! A mount without a named volume becomes one. Its name follows from its source, or from its service and target,
//! and never from the other mounts or their order. A volume that the stored file mounts at the same place stays
//! there. A place that gets another volume is in `warnings`, and a folder that would get the data of another
//! service is refused.

mod mount_layout;
mod renamed_services;
mod volume_changes;
mod volume_names;
mod volume_origin;
mod volume_replacement;

pub use mount_layout::Layout;
pub use renamed_services::{Renamed, image_repository};
pub(crate) use renamed_services::{Shape, find_renamed};
pub(crate) use volume_changes::warnings;
pub(crate) use volume_names::{NamedVolume, Naming, Volumes};
pub(crate) use volume_origin::{Origin, is_plain_relative, slug};
pub(crate) use volume_replacement::{CONFIRM, Replaced};

use crate::judge::checks::names::is_resource;
use crate::yaml_tree::Tree;

/// A volume that a service mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The service.
    pub(crate) service: String,
    /// The path in the container.
    pub(crate) target: String,
    /// The name of the volume in the file.
    pub(crate) volume: String,
}

/// Returns the volumes that the services of a file mount by name, in the file's order.
pub(crate) fn mounts(file: &Tree) -> Vec<Mount> {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let of = |(service, tree): &(String, Tree)| {
        let items = tree.get("volumes").map(Tree::items).unwrap_or_default();
        let mount = |item| {
            let (volume, target) = named_volume(item)?;
            let target = place(&target).to_owned();
            Some(Mount { service: service.clone(), target, volume })
        };
        items.iter().filter_map(mount).collect::<Vec<_>>()
    };
    services.iter().flat_map(of).collect()
}

/// Returns a path in a container as places are compared: `/data/` is the same folder as `/data`.
pub(crate) fn place(target: &str) -> &str {
    let plain = target.trim_end_matches('/');
    if plain.is_empty() { target } else { plain }
}

/// Returns the volume of an item of `volumes`, and where it is mounted.
fn named_volume(item: &Tree) -> Option<(String, String)> {
    let (source, target) = match item.as_str() {
        Some(short) => {
            let mut parts = short.split(':');
            (parts.next()?, parts.next()?)
        }
        None => (item.get("source")?.as_str()?, item.get("target")?.as_str()?),
    };
    is_resource(source).then(|| (source.to_owned(), target.to_owned()))
}
