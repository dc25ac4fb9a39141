//! Starting, stopping and restarting.

use std::time::Instant;

use super::services;
use crate::coolify::model::{Family, State};
use crate::coolify::outcomes::Outcome;
use crate::core::wire::Reply;

/// Starts a stopped resource, which is up one pace after a worker begins. A running one is left alone.
///
/// What fails leaves no trace: no container, and no message in any answer (seen with 4.3.11).
pub(crate) fn start(state: &mut State, family: Family, uuid: &str) -> Result<(), Reply> {
    if state.find(family, uuid)?.up_at.is_some() {
        return Ok(());
    }
    let begins = state.take_worker();
    start_at(state, family, uuid, begins)
}

/// Starts a resource once a worker begins.
fn start_at(state: &mut State, family: Family, uuid: &str, begins: Instant) -> Result<(), Reply> {
    let up_at = begins + state.pace;
    // `StartService` begins with `Service::parse`.
    if family == Family::Service {
        services::apply_stored_file(state, uuid)?;
    }
    let can_start = family != Family::Service || services::can_start(state, uuid)?;
    let one = state.find(family, uuid)?;
    let outcome = state.outcomes.take(one.name(), uuid);
    let (is_lost, look_at) = (state.host.is_lost(), up_at + state.look);
    let one = state.find_mut(family, uuid)?;
    one.task = Some((begins, up_at));
    one.sight.plan_only(look_at);
    if let Outcome::Finishes(condition) = outcome
        && !is_lost
        && can_start
    {
        one.start(up_at, condition);
    }
    Ok(())
}

/// Stops a resource at once, which Coolify notes without a look.
pub(crate) fn stop(state: &mut State, family: Family, uuid: &str) -> Result<(), Reply> {
    let (is_lost, time) = (state.host.is_lost(), state.clock.timestamp_at(state.now()));
    let one = state.find_mut(family, uuid)?;
    one.task = None;
    one.sight.update(None, 0, time);
    if !is_lost {
        one.stop();
    }
    Ok(())
}

/// Stops a resource and starts it again. What Coolify has seen of one whose images are pulled
/// again (`is_pulled`) stays until its next look.
pub(crate) fn restart(
    state: &mut State,
    family: Family,
    uuid: &str,
    is_pulled: bool,
) -> Result<(), Reply> {
    if state.host.is_lost() {
        return Ok(());
    }
    let begins = state.take_worker();
    if begins > state.now() {
        // What ran goes on until a worker begins, which Coolify does not tell.
        let one = state.find_mut(family, uuid)?;
        one.remove_at(begins);
        start_at(state, family, uuid, begins)?;
        let one = state.find_mut(family, uuid)?;
        if !is_pulled {
            one.sight.plan(begins);
        }
        return Ok(());
    }
    if !is_pulled {
        stop(state, family, uuid)?;
    }
    let one = state.find_mut(family, uuid)?;
    one.stop();
    one.conditions.clear();
    start_at(state, family, uuid, begins)
}
