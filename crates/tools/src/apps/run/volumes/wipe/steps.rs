//! The steps on the docker host: stop, remove the containers that use the volume, remove the volume, look.

use std::collections::BTreeSet;

use covibe_docker_host::is_anonymous_volume;
use covibe_domain::Failure;
use covibe_workspace::{Inventory, OnHost, OwnVolume, Removal};

use super::super::errors::{foreign_volume, still_used, unknown_volume, used_by_others};
use crate::container_access::stop_all;

/// The number of times that the steps are repeated for containers that appear meanwhile.
const ROUNDS: usize = 3;

/// The effect of the steps.
#[derive(Debug, Default)]
pub(super) struct WipeResult {
    /// True if the volume was gone before.
    pub(super) was_gone: bool,
    /// True if the docker host does not say whether it is there.
    pub(super) is_unseen: bool,
    /// The names of the containers that were stopped.
    pub(super) stopped: BTreeSet<String>,
    /// The names of the containers that were removed.
    pub(super) removed: BTreeSet<String>,
    /// The names of the volumes that went with them.
    pub(super) beside: BTreeSet<String>,
}

impl WipeResult {
    /// Creates the effect of an earlier call. For a volume without a name, no list says that it is gone.
    fn by_earlier_call(volume: &str) -> Self {
        Self { was_gone: true, is_unseen: is_anonymous_volume(volume), ..Self::default() }
    }
}

/// Removes a volume, if it is one of the resource's own.
///
/// All steps look first and may be repeated: the next call finishes those of a killed one.
pub(super) async fn wipe(
    host: &OnHost,
    name: &str,
    removal: &Removal<'_>,
) -> Result<WipeResult, Failure> {
    let mut seen = host.inventory().await?;
    let Some(volume) = seen.own_volume(name) else {
        return match seen.users(name).next() {
            Some(_) => Err(foreign_volume(name)),
            None if removal.was_begun() => Ok(WipeResult::by_earlier_call(name)),
            None => Err(unknown_volume(name, &seen)),
        };
    };
    removal.begin().await?;
    let mut done = WipeResult::default();
    for _ in 0..ROUNDS {
        let round = run_round(host, &volume, &seen, &mut done).await;
        round.map_err(|failure| mark_in_doubt(failure, &done))?;
        seen = host.inventory().await.map_err(Failure::in_doubt)?;
        if seen.own_volume(name).is_none() {
            return verify_removal(host, &volume, done).await;
        }
    }
    Err(mark_in_doubt(still_used(), &done))
}

/// Stops the resource's containers and removes those that use the volume, then the volume. Does nothing if
/// somebody else's container uses it.
async fn run_round(
    host: &OnHost,
    volume: &OwnVolume,
    seen: &Inventory,
    done: &mut WipeResult,
) -> Result<(), Failure> {
    if host.has_other_users(volume, seen).await? {
        return Err(used_by_others());
    }
    stop_all(host, seen, &mut done.stopped).await?;
    if volume.is_anonymous() {
        done.beside.extend(seen.anonymous_beside(volume));
    }
    for container in seen.users(volume.name()) {
        host.remove_user(container, volume).await?;
        done.removed.insert(container.name().to_owned());
    }
    // Where a container uses it again, the next round sees that.
    host.remove_volume(volume).await.map(drop)
}

/// Checks whether the volume, which is in no list now, is gone.
async fn verify_removal(
    host: &OnHost,
    volume: &OwnVolume,
    done: WipeResult,
) -> Result<WipeResult, Failure> {
    match host.has_volume(volume).await.map_err(Failure::in_doubt)? {
        // Its containers are gone, and docker kept it: another container uses it.
        Some(true) => Err(mark_in_doubt(used_by_others(), &done)),
        Some(false) => Ok(done),
        None => Ok(WipeResult { is_unseen: true, ..done }),
    }
}

/// Marks a failure as in doubt if containers are stopped already.
fn mark_in_doubt(failure: Failure, done: &WipeResult) -> Failure {
    let has_changed = !done.stopped.is_empty() || !done.removed.is_empty();
    if has_changed { failure.in_doubt() } else { failure }
}
