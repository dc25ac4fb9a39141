//! Starting, stopping and restarting.

use std::time::Instant;

use super::{database_proxies, predicted_outcomes, services};
use crate::coolify::arranged_outcomes::Outcome;
use crate::coolify::model::{CoolifyState, Family, Job, Restart, Start, note_routes};
use crate::core::request_types::Reply;

/// Starts a stopped resource, which is up one pace after a worker begins its second job. One that runs or is being started
/// is left alone.
///
/// A start that fails leaves no trace: no container, and no message in any answer (seen with 4.3.11).
pub(crate) fn start(state: &mut CoolifyState, family: Family, uuid: &str) -> Result<(), Reply> {
    let is_up = state.find(family, uuid)?.up_at.is_some();
    if is_up || is_being_started(state, uuid) {
        return Ok(());
    }
    push(state, family, uuid, None)
}

/// Stops a resource and starts it again. If the images are pulled again (`is_pulled`), Coolify's knowledge of the
/// containers stays until its next look.
pub(crate) fn restart(
    state: &mut CoolifyState,
    family: Family,
    uuid: &str,
    is_pulled: bool,
) -> Result<(), Reply> {
    if state.host.is_lost() {
        return Ok(());
    }
    push(state, family, uuid, Some(Restart { is_pulled }))
}

fn is_being_started(state: &CoolifyState, uuid: &str) -> bool {
    let is_it = |job: &Job| matches!(job, Job::Start(one) | Job::Up(one) if one.uuid == uuid);
    state.workers.has_job(is_it)
}

fn push(
    state: &mut CoolifyState,
    family: Family,
    uuid: &str,
    restart: Option<Restart>,
) -> Result<(), Reply> {
    let one = state.find(family, uuid)?;
    let outcome = predicted_outcomes::outcome_of_start(one, state.outcomes.take(one.name(), uuid));
    let start = Start { family, uuid: uuid.to_owned(), outcome, restart };
    state.workers.push(Job::Start(start), state.now());
    Ok(())
}

/// Begins to bring a resource up, and returns the moment of its end. Running containers are stopped.
pub(super) fn begin_start(state: &mut CoolifyState, start: &Start, at: Instant) -> Instant {
    let Start { family, uuid, restart, .. } = start;
    let up_at = at + state.pace;
    if let Some(Restart { is_pulled }) = restart {
        if !is_pulled {
            note_stopped(state, *family, uuid, at);
        }
        database_proxies::stop_with_database(state, uuid);
        if let Ok(one) = state.find_mut(*family, uuid) {
            one.stop();
            one.conditions.clear();
        }
    }
    // `StartService` begins with `Service::parse`; a file that can't be parsed is found when it is stored.
    if *family == Family::Service {
        drop(services::apply_stored_file(state, uuid));
        services::note_configuration(state, uuid);
    }
    let look_at = up_at + state.look;
    if let Ok(one) = state.find_mut(*family, uuid) {
        one.is_starting = true;
        one.sight.plan_only(look_at);
    }
    up_at
}

/// Brings a resource up, unless that fails.
pub(super) fn end_start(state: &mut CoolifyState, start: &Start, at: Instant) {
    let Start { family, uuid, outcome, .. } = start;
    let is_lost = state.host.is_lost();
    let can_start = *family != Family::Service || services::can_start(state, uuid).unwrap_or(false);
    database_proxies::queue_start(state, uuid, at);
    let Ok(one) = state.find_mut(*family, uuid) else { return };
    one.is_starting = matches!(outcome, Outcome::Hangs(_));
    if let Outcome::Finishes(condition) | Outcome::Hangs(condition) = outcome
        && !is_lost
        && can_start
    {
        one.start(at, *condition, None);
        note_routes(one);
    }
}

/// Stops a resource at once, which Coolify notes without a look. A start that waits or runs ends.
pub(crate) fn stop(state: &mut CoolifyState, family: Family, uuid: &str) -> Result<(), Reply> {
    state.find(family, uuid)?;
    state.workers.remove(|job| matches!(job, Job::Start(one) | Job::Up(one) if one.uuid == uuid));
    note_stopped(state, family, uuid, state.now());
    database_proxies::stop_with_database(state, uuid);
    if !state.host.is_lost() {
        state.find_mut(family, uuid)?.stop();
    }
    Ok(())
}

fn note_stopped(state: &mut CoolifyState, family: Family, uuid: &str, at: Instant) {
    let time = state.clock.timestamp_at(at);
    if let Ok(one) = state.find_mut(family, uuid) {
        one.is_starting = false;
        one.sight.update(None, 0, time);
    }
}
