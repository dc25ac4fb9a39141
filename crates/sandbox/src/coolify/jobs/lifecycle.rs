//! Starting, stopping and restarting.

use super::services;
use crate::coolify::model::{Family, State};
use crate::coolify::outcomes::Outcome;
use crate::core::wire::Reply;

/// Starts a stopped resource, which is up after one pace. A running one is left alone.
pub(crate) fn start(state: &mut State, family: Family, uuid: &str) -> Result<(), Reply> {
    let up_at = state.now() + state.pace;
    let one = state.find(family, uuid)?;
    if one.up_at.is_some() {
        return Ok(());
    }
    // `StartService` begins with `Service::parse`.
    if family == Family::Service {
        services::apply_stored_file(state, uuid)?;
    }
    let one = state.find(family, uuid)?;
    if let Outcome::Finishes(condition) = state.outcomes.take(one.name(), uuid) {
        state.find_mut(family, uuid)?.start(up_at, condition);
    }
    Ok(())
}

/// Stops a resource at once.
pub(crate) fn stop(state: &mut State, family: Family, uuid: &str) -> Result<(), Reply> {
    state.find_mut(family, uuid)?.stop();
    Ok(())
}

/// Stops a resource and starts it again.
pub(crate) fn restart(state: &mut State, family: Family, uuid: &str) -> Result<(), Reply> {
    let one = state.find_mut(family, uuid)?;
    one.stop();
    one.conditions.clear();
    start(state, family, uuid)
}
