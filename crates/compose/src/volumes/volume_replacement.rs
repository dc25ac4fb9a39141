//! Places that would get another volume than they have: that is refused until the caller confirms it.

use std::collections::{BTreeSet, HashSet};

use super::volume_changes::{Change, is_same};
use super::{Mount, Renamed};
use crate::file_location::Location;
use crate::judge::volume_name;
use crate::problem_list::Report;
use crate::refusals::replaced_volume;

/// The key at the top level by which a file of a repository confirms that volumes leave their places.
pub(crate) const CONFIRM: &str = "x-confirm-volumes";

/// The maximum number of places that are reported: a failure lists fifty.
const MOST_REPORTED: usize = 100;

/// The mounts with which those of a new file are compared, each with the services that have other names in the new file.
pub(crate) struct Replaced<'a> {
    /// The mounts of the containers.
    pub(crate) running: (&'a [Mount], &'a [Renamed]),
    /// The mounts of the file that was stored last. A place that has its volume in this file was confirmed.
    pub(crate) stored: (&'a [Mount], &'a [Renamed]),
    /// The volumes that may be taken from their places.
    pub(crate) confirmed: &'a [&'a str],
    /// True if the file is part of a repository, which confirms them itself.
    pub(crate) is_committed: bool,
}

impl Replaced<'_> {
    /// Reports each place that would get another volume than it has.
    pub(crate) fn check(&self, report: &mut Report, after: &[Mount]) {
        let running = Change::new(self.running.0, after, self.running.1);
        let stored = Change::new(self.stored.0, after, self.stored.1);
        let confirmed = self.confirmed.iter().map(|volume| volume_name(volume)).collect();
        let lost = |mount| Some(&*lost_mount(mount, &running, &stored, &confirmed)?.volume);
        let found: Vec<_> = after.iter().filter_map(|mount| Some((mount, lost(mount)?))).collect();
        let volumes: BTreeSet<_> = found.iter().map(|(_, volume)| *volume).collect();
        let volumes: Vec<_> = volumes.into_iter().collect();
        let confirmation = self.confirmation(&volumes);
        // Each names all of them.
        for (mount, volume) in found.into_iter().take(MOST_REPORTED) {
            let at = Location::file().key("services").key(&mount.service).key("volumes");
            let begins = running.beginning(&mount.volume);
            let problem =
                replaced_volume(&mount.target, volume, &mount.volume, &begins, &confirmation);
            report.add(&at, problem);
        }
    }

    /// Returns the instruction how these volumes are confirmed.
    fn confirmation(&self, volumes: &[&str]) -> String {
        let listed: Vec<_> = volumes.iter().map(|volume| format!("\"{volume}\"")).collect();
        let listed = listed.join(", ");
        if self.is_committed {
            format!(
                "add {CONFIRM}: [{listed}] at the file's top level, or pass `confirmVolumes: [{listed}]` to apps.deploy \
                 (and to apps.update, if that was refused)"
            )
        } else {
            format!("repeat the call with `confirmVolumes: [{listed}]`")
        }
    }
}

/// Returns the mount that a place has now and would lose, unless that is confirmed.
fn lost_mount<'m>(
    mount: &Mount,
    running: &Change<'m>,
    stored: &Change<'_>,
    confirmed: &HashSet<String>,
) -> Option<&'m Mount> {
    let is_other = |one: &&Mount| !is_same(&one.volume, &mount.volume);
    let lost = running.mount_at(mount).filter(is_other)?;
    let is_stored = stored.mount_at(mount).is_some_and(|one| is_same(&one.volume, &mount.volume));
    (!is_stored && !confirmed.contains(&volume_name(&lost.volume))).then_some(lost)
}
