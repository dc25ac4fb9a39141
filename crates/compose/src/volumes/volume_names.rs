//! The names of the volumes that mounts without a named volume become.
//!
//! A volume that the app's current file mounts at a place stays there, so that the app keeps its data although
//! other mounts were added, or the service has another name now.

use std::collections::{BTreeMap, BTreeSet};

use super::volume_origin::Origin;
use super::{Mount, Renamed};
use crate::judge::volume_name;

/// The volumes of a file that its mounts lead to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volumes {
    pub(crate) named: BTreeMap<Origin, NamedVolume>,
    /// The services that the current file has under other names.
    pub(crate) renamed: Vec<Renamed>,
}

/// The volume that an origin becomes.
#[derive(Clone, Debug)]
pub(crate) enum NamedVolume {
    /// The volume of this name, which is its own.
    Own(String),
    /// The volume of this name, which belongs to another place.
    OfOther(Mount),
}

impl Volumes {
    /// Returns the volume that an origin becomes.
    pub(crate) fn volume_of(&self, origin: &Origin) -> Option<&NamedVolume> {
        self.named.get(origin)
    }

    /// Returns whether an origin leads to a volume of this name.
    pub(crate) fn has(&self, volume: &str) -> bool {
        let is_it = |named: &NamedVolume| match named {
            NamedVolume::Own(name) => name == volume,
            NamedVolume::OfOther(_) => false,
        };
        self.named.values().any(is_it)
    }
}

/// The facts that decide the names.
pub(crate) struct Naming<'a> {
    /// The places of each origin in the new file: the service and the target.
    pub(crate) places: &'a BTreeMap<Origin, Vec<(String, String)>>,
    /// The volumes that the new file names itself, as Coolify names them.
    pub(crate) named: &'a BTreeSet<String>,
    /// The services of the new file.
    pub(crate) services: BTreeSet<String>,
    /// The mounts of the current file.
    pub(crate) present: &'a [Mount],
    pub(crate) renamed: &'a [Renamed],
}

impl Naming<'_> {
    /// Names every origin: those whose places have a volume first, and sources before places, so that no
    /// order of the file matters.
    pub(crate) fn all(&self) -> BTreeMap<Origin, NamedVolume> {
        let mut named = BTreeMap::new();
        let origins = || self.places.keys();
        for origin in origins() {
            let own = best(origin, self.at_places(origin));
            named.extend(own.map(|volume| (origin.clone(), NamedVolume::Own(volume))));
        }
        for origin in origins() {
            if !named.contains_key(origin) {
                let taken = taken_names(&named);
                let is_free =
                    |volume: &String| !taken.contains(volume) && !self.has_other(origin, volume);
                let moved = self.moved_volume(origin).filter(is_free);
                named.extend(moved.map(|volume| (origin.clone(), NamedVolume::Own(volume))));
            }
        }
        for origin in origins() {
            if !named.contains_key(origin) {
                named.insert(origin.clone(), self.fresh_name(origin, &taken_names(&named)));
            }
        }
        named
    }

    /// Returns the volumes that the places of an origin have now.
    fn at_places(&self, origin: &Origin) -> impl Iterator<Item = &str> {
        let places = self.places.get(origin).into_iter().flatten();
        let at = |(service, target): &(String, String)| {
            let is_it = |one: &&Mount| one.service == *service && one.target == *target;
            self.present.iter().find(is_it).map(|one| &*one.volume)
        };
        places.filter_map(at)
    }

    /// Returns the volume at the same target of a service that the new file has under another name.
    fn moved_volume(&self, origin: &Origin) -> Option<String> {
        let mut found = BTreeSet::new();
        for (service, target) in self.places.get(origin).into_iter().flatten() {
            let at_target = self.present.iter().filter(|one| one.target == *target);
            let is_moved = |one: &&Mount| self.is_moved(origin, self.old_name(service), one);
            found.extend(at_target.filter(is_moved).map(|one| &one.volume));
        }
        if found.len() == 1 { found.pop_first().cloned() } else { None }
    }

    /// Returns whether a volume at the target of an origin is the one that the origin leads to, by the
    /// service that mounts it now and by the name that the origin's service has now.
    fn is_moved(&self, origin: &Origin, service: &str, mount: &Mount) -> bool {
        let is_of_service = mount.service == service;
        match origin {
            Origin::Source(_) if is_of_service => origin.may_be(&mount.volume),
            // The service may have another image, too, so the name must leave no doubt.
            Origin::Source(_) => {
                !self.services.contains(&mount.service)
                    && origin.plain_name().as_ref() == Some(&mount.volume)
            }
            // Its name may be made of an earlier name of the service.
            Origin::Place { .. } => {
                is_of_service && !self.named.contains(&volume_name(&mount.volume))
            }
        }
    }

    fn old_name<'s>(&'s self, service: &'s str) -> &'s str {
        let found = self.renamed.iter().find(|renamed| renamed.to == service);
        found.map_or(service, |renamed| &renamed.from)
    }

    /// Returns the name of an origin whose places have no volume that it could be.
    fn fresh_name(&self, origin: &Origin, taken: &BTreeSet<String>) -> NamedVolume {
        let Some(plain) = origin.plain_name().filter(|plain| self.is_free(origin, plain, taken))
        else {
            return NamedVolume::Own(origin.exact());
        };
        let mut owners = self.present.iter().filter(|one| one.volume == plain).peekable();
        let Some(first) = owners.peek().copied() else { return NamedVolume::Own(plain) };
        let places = self.places.get(origin);
        let is_own = |one: &Mount| {
            places.into_iter().flatten().any(|(service, _)| self.old_name(service) == one.service)
        };
        if owners.any(is_own) {
            NamedVolume::Own(plain)
        } else {
            NamedVolume::OfOther(first.clone())
        }
    }

    /// Returns whether another origin leads to a volume of this name, so that the same file would get other names
    /// once it is stored.
    fn has_other(&self, origin: &Origin, volume: &str) -> bool {
        self.places.keys().any(|other| other != origin && other.may_be(volume))
    }

    /// Returns whether neither the file nor another origin has a volume of this name.
    fn is_free(&self, origin: &Origin, name: &str, taken: &BTreeSet<String>) -> bool {
        let mut others = self.places.keys().filter(|other| *other != origin);
        !self.named.contains(name)
            && !taken.contains(name)
            && others.all(|other| other.plain_name().as_deref() != Some(name))
    }
}

/// Returns the volumes that have an origin.
fn taken_names(named: &BTreeMap<Origin, NamedVolume>) -> BTreeSet<String> {
    let volume = |named: &NamedVolume| match named {
        NamedVolume::Own(volume) => Some(volume.clone()),
        NamedVolume::OfOther(_) => None,
    };
    named.values().filter_map(volume).collect()
}

/// Returns the one of these volumes that has its name from an origin; the exact name comes first.
fn best<'a>(origin: &Origin, volumes: impl Iterator<Item = &'a str>) -> Option<String> {
    let volumes: BTreeSet<_> = volumes.collect();
    let names = [Some(origin.exact()), origin.plain_name()];
    names.into_iter().flatten().find(|name| volumes.contains(&**name))
}
