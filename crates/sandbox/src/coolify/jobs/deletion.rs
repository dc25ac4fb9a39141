//! Deleting resources: a queued job, which the resource outlives in lists.

use std::time::Instant;

use super::volumes;
use crate::coolify::model::{Deployment, Family, State};
use crate::coolify::outcomes::Condition;
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
    let gone = state.resources.iter().filter_map(|one| Some((one.uuid.clone(), one.gone_at?)));
    let gone: Vec<_> = gone.filter(|(_, at)| *at <= now).collect();
    if gone.is_empty() {
        return;
    }
    keep_started_meanwhile(state, &gone);
    state.resources.retain(|resource| resource.gone_at.is_none_or(|at| at > now));
    state.prune();
}

/// Notes the containers that deployments started during these deletions, which stay: those to be removed
/// are listed once, when a deletion begins (4.3.11, `DeleteResourceJob`).
fn keep_started_meanwhile(state: &mut State, gone: &[(String, Instant)]) {
    let began = |at: Instant| at.checked_sub(state.deletion).unwrap_or(at);
    let outlives = |one: &&Deployment| {
        let mut of = gone.iter().filter(|(uuid, _)| *uuid == one.app);
        of.any(|(_, at)| began(*at) < one.ends && one.ends <= *at)
    };
    let started = state.deployments.iter().filter(|one| !one.is_cancelled).filter(outlives);
    let started = started.filter(|one| one.final_condition().is_some_and(Condition::is_up));
    let orphans: Vec<_> = started.map(|one| one.app.clone()).collect();
    state.orphans.extend(orphans);
}
