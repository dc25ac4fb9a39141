//! Deleting resources: a queued job, which the resource outlives in lists.

use std::time::Instant;

use super::volumes;
use crate::coolify::model::{Family, State};
use crate::core::wire::Reply;

/// Queues the deletion of a resource and stops it.
///
/// On a host that can't be reached its containers and volumes stay, and nothing tells so (4.3.11).
pub(crate) fn queue(
    state: &mut State,
    family: Family,
    uuid: &str,
    delete_volumes: bool,
) -> Result<(), Reply> {
    let gone_at = state.now() + state.deletion;
    let running = state.find(family, uuid)?.containers(state.now());
    let is_lost = state.host.is_lost();
    if is_lost {
        state.orphans.extend(running);
    } else if delete_volumes {
        volumes::delete(state, uuid);
    }
    let one = state.find_mut(family, uuid)?;
    one.gone_at.get_or_insert(gone_at);
    one.stop();
    Ok(())
}

/// Removes a resource whose creation is refused, with its volumes.
pub(crate) fn undo_creation(state: &mut State, uuid: &str) {
    state.resources.retain(|one| one.uuid != uuid);
    state.prune();
    volumes::delete(state, uuid);
}

/// Removes the resources whose deletion is done.
pub(crate) fn settle(state: &mut State, now: Instant) {
    let before = state.resources.len();
    state.resources.retain(|resource| resource.gone_at.is_none_or(|at| at > now));
    if state.resources.len() < before {
        state.prune();
    }
}
