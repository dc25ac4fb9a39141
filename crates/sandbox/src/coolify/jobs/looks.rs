//! Coolify's looks at containers, which decide what it tells about them.

use std::time::Instant;

use crate::coolify::model::State;

/// Carries out the looks that are due. Nothing is seen on a host that can't be reached.
pub(crate) fn settle(state: &mut State, now: Instant) {
    state.note_host(now);
    let is_lost = state.host.is_lost();
    let (clock, every) = (state.clock.clone(), state.look);
    for one in &mut state.resources {
        if let Some(at) = one.sight.due(now, every)
            && !is_lost
        {
            one.look(at, clock.timestamp_at(at));
        }
    }
}
