//! Deleting resources: a queued job, which the resource outlives in lists.

use std::time::Instant;

use super::{database_proxies, volumes};
use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::model::{CoolifyState, Deletion, Deployment, Family, Job};
use crate::core::request_types::Reply;

/// Queues the deletion of a resource. One that is queued already is not queued again.
pub(crate) fn queue(
    state: &mut CoolifyState,
    family: Family,
    uuid: &str,
    deletes_volumes: bool,
) -> Result<(), Reply> {
    state.find(family, uuid)?;
    let is_queued =
        |job: &Job| matches!(job, Job::Deletion(one) if one.family == family && one.uuid == uuid);
    if !state.workers.has_job(is_queued) {
        let deletion = Deletion { family, uuid: uuid.to_owned(), deletes_volumes };
        state.workers.push(Job::Deletion(deletion), state.now());
    }
    Ok(())
}

/// Begins a deletion, which stops the resource. Returns the moment of its end.
///
/// On a host that can't be reached, its containers, volumes and network stay, and nothing reports that (4.3.11).
pub(super) fn begin_deletion(
    state: &mut CoolifyState,
    deletion: &Deletion,
    at: Instant,
) -> Instant {
    let Deletion { family, uuid, deletes_volumes } = deletion;
    let gone_at = at + state.deletion;
    let Ok(one) = state.find(*family, uuid) else { return at };
    let running = one.containers(at);
    database_proxies::stop_with_database(state, uuid);
    if state.host.is_lost() {
        state.orphans.extend(running);
        state.networks.extend((*family == Family::Service).then(|| uuid.clone()));
    } else if *deletes_volumes {
        volumes::delete(state, uuid);
    }
    if let Ok(one) = state.find_mut(*family, uuid) {
        one.gone_at.get_or_insert(gone_at);
        one.stop();
    }
    gone_at
}

/// Removes a resource whose creation is refused, with its volumes.
pub(crate) fn undo_creation(state: &mut CoolifyState, uuid: &str) {
    state.resources.retain(|one| one.uuid != uuid);
    state.prune();
    volumes::delete(state, uuid);
}

/// Removes the resources whose deletion is done.
pub(crate) fn settle(state: &mut CoolifyState, now: Instant) {
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
fn keep_started_meanwhile(state: &mut CoolifyState, gone: &[(String, Instant)]) {
    let began = |at: Instant| at.checked_sub(state.deletion).unwrap_or(at);
    let outlives = |one: &&Deployment| {
        let mut of = gone.iter().filter(|(uuid, _)| *uuid == one.app);
        of.any(|(_, at)| one.ended.is_some_and(|ended| began(*at) < ended && ended <= *at))
    };
    let started = state.deployments.iter().filter(|one| !one.is_cancelled).filter(outlives);
    let started = started.filter(|one| one.final_condition().is_some_and(Condition::is_up));
    let orphans: Vec<_> = started.map(|one| one.app.clone()).collect();
    state.orphans.extend(orphans);
}
