//! Services that another file has under other names.

use std::collections::BTreeSet;

use crate::judge::checks::image::split;

/// A service that another file has under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its name in the current file.
    pub from: String,
    /// Its name in the new one.
    pub to: String,
}

/// The features by which a service is recognised, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) name: String,
    /// Its image without tag and digest.
    pub(crate) repository: String,
    /// Where it mounts volumes.
    pub(crate) targets: BTreeSet<String>,
}

/// Returns an image without its tag and digest, and without a prefix that names Docker Hub.
pub fn image_repository(image: &str) -> String {
    let (name, _) = split(image);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name).to_owned()
}

/// Returns the services of the current file that a new one has under other names: those with the same image
/// and mounts, if no other service comes into question.
pub(crate) fn find_renamed(present: &[Shape], new: &[Shape]) -> Vec<Renamed> {
    let lost = without(present, new);
    let added = without(new, present);
    let is_alike = |one: &Shape, other: &Shape| {
        one.repository == other.repository && one.targets == other.targets
    };
    let only = |candidates: &[&Shape], shape: &Shape| {
        let mut alike = candidates.iter().filter(|one| is_alike(one, shape));
        alike.next().filter(|_| alike.next().is_none()).map(|one| one.name.clone())
    };
    let pair = |old: &&Shape| {
        let to = only(&added, old)?;
        let new = added.iter().find(|one| one.name == to)?;
        (only(&lost, new)? == old.name).then(|| Renamed { from: old.name.clone(), to })
    };
    lost.iter().filter_map(pair).collect()
}

/// Returns the services that others lack by name.
fn without<'a>(services: &'a [Shape], others: &[Shape]) -> Vec<&'a Shape> {
    let is_other = |one: &&Shape| others.iter().all(|other| other.name != one.name);
    services.iter().filter(is_other).collect()
}
