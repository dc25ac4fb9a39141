//! The effects of another file on the volumes of an app.

use std::collections::{BTreeSet, HashMap, HashSet};

use covibe_domain::names::displayable;

use super::{Mount, Renamed};
use crate::judge::volume_name;

/// The longest target that is repeated, in characters.
const LONGEST: usize = 100;

/// Returns a warning about each place that gets another volume than it has, or the volume of another
/// service, and about each volume that is no longer mounted. A volume keeps its data in each case.
pub(crate) fn warnings(before: &[Mount], after: &[Mount], renamed: &[Renamed]) -> Vec<String> {
    let change = Change::new(before, after, renamed);
    let replaced: Vec<_> = after.iter().filter_map(|mount| change.replaced_volume(mount)).collect();
    let named: BTreeSet<_> = replaced.iter().map(|(volume, _)| *volume).collect();
    let of_others = after.iter().filter_map(|mount| change.other_volume_warning(mount));
    let lost = change.unmounted_warnings(&named);
    replaced.iter().map(|(_, text)| text.clone()).chain(of_others).chain(lost).collect()
}

/// Returns whether two names lead to one volume.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    volume_name(one) == volume_name(other)
}

/// The mounts of two files.
pub(super) struct Change<'a> {
    before: &'a [Mount],
    renamed: &'a [Renamed],
    /// The first mount of the current file at each place: a service and a target.
    places: HashMap<(&'a str, &'a str), &'a Mount>,
    /// The first mount of each volume of the current file, by the name that Coolify makes of the volume's.
    owners: HashMap<String, &'a Mount>,
    /// The services of the current file, each with such a name of a volume that it mounts.
    own: HashSet<(&'a str, String)>,
    /// Such names of the volumes of the new file.
    after: HashSet<String>,
}

impl<'a> Change<'a> {
    /// Returns the change from one file to another, some of whose services have other names.
    pub(super) fn new(before: &'a [Mount], after: &[Mount], renamed: &'a [Renamed]) -> Self {
        let (mut places, mut owners, mut own) = (HashMap::new(), HashMap::new(), HashSet::new());
        for mount in before {
            let volume = volume_name(&mount.volume);
            places.entry((mount.service.as_str(), mount.target.as_str())).or_insert(mount);
            own.insert((mount.service.as_str(), volume.clone()));
            owners.entry(volume).or_insert(mount);
        }
        let after = after.iter().map(|mount| volume_name(&mount.volume)).collect();
        Self { before, renamed, places, owners, own, after }
    }

    /// Returns the name that a service of the new file has in the current one.
    fn old_name<'s>(&'s self, service: &'s str) -> &'s str {
        let found = self.renamed.iter().find(|renamed| renamed.to == service);
        found.map_or(service, |renamed| &renamed.from)
    }

    /// Returns the mount that a place of the new file has now.
    pub(super) fn mount_at(&self, mount: &Mount) -> Option<&'a Mount> {
        let service = self.old_name(&mount.service);
        self.places.get(&(service, mount.target.as_str())).copied()
    }

    /// Returns a service that has a volume now, and where.
    fn owner(&self, volume: &str) -> Option<String> {
        let owner = self.owners.get(&volume_name(volume))?;
        Some(format!("{} has at {}", owner.service, displayable(&owner.target, LONGEST)))
    }

    /// Returns the volume that a place loses, and the warning.
    fn replaced_volume(&self, mount: &Mount) -> Option<(&'a str, String)> {
        let Mount { service, target, volume } = mount;
        let old = self.mount_at(mount).filter(|old| !is_same(&old.volume, volume))?;
        let (target, was) = (displayable(target, LONGEST), &old.volume);
        let begins = self.beginning(volume);
        let text = format!(
            "services.{service}: {target} had the volume {was}, and gets {volume}, {begins}. {was} keeps \
             its data: write {was}:{target} to mount it there again."
        );
        Some((&old.volume, text))
    }

    /// Returns the state of the data of a volume that a place gets, as a clause.
    pub(super) fn beginning(&self, volume: &str) -> String {
        match self.owner(volume) {
            Some(owner) => format!("which {owner}"),
            None => "which no service mounts now: it has an earlier service's data, or if there is none, the image's files"
                .to_owned(),
        }
    }

    /// Returns the warning about a place that gets the volume of another service, and had none.
    fn other_volume_warning(&self, mount: &Mount) -> Option<String> {
        let Mount { service, target, volume } = mount;
        let own = self.old_name(service);
        if self.mount_at(mount).is_some() || self.own.contains(&(own, volume_name(volume))) {
            return None;
        }
        let (owner, target) = (self.owner(volume)?, displayable(target, LONGEST));
        Some(format!("services.{service}: {target} gets the volume {volume}, which {owner}."))
    }

    /// Returns the warnings about volumes that are no longer mounted, unless another one names them.
    fn unmounted_warnings(&self, named: &BTreeSet<&str>) -> Vec<String> {
        let stays = |volume: &str| self.after.contains(&volume_name(volume));
        let mut seen = BTreeSet::new();
        let lost = self.before.iter().filter(|one| {
            !named.contains(&*one.volume) && !stays(&one.volume) && seen.insert(&one.volume)
        });
        let text = |Mount { service, target, volume }: &Mount| {
            format!(
                "The volume {volume}, which {service} has at {}, is no longer mounted. It keeps \
                 its data.",
                displayable(target, LONGEST)
            )
        };
        lost.map(text).collect()
    }
}
