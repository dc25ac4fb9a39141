//! Coolify's looks at containers, which decide what it reports about them.

use std::time::Instant;

use crate::coolify::model::{Container, CoolifyState, Family, Kind, Resource};

/// The beginning of the last part of the name of an image with the label `coolify.applicationId`; the application's
/// id follows, such as in `evil/labelled-17:1`.
const LABELLED: &str = "labelled-";

/// Carries out the looks that are due at these resources. Nothing is seen on a host that can't be reached.
pub(crate) fn settle(state: &mut CoolifyState, due: &[String], now: Instant) {
    let is_lost = state.host.is_lost();
    let (clock, every) = (state.clock.clone(), state.look);
    let mut counted = Vec::new();
    for uuid in due {
        let Some(one) = state.resources.get_mut(uuid) else { continue };
        if let Some(at) = one.sight.due(now, every)
            && !is_lost
        {
            one.look_at_containers(at, clock.timestamp_at(at));
            counted.extend(
                claimed_application_ids(one).into_iter().map(|id| (id, one.sight.restarts)),
            );
        }
    }
    for (id, restarts) in counted {
        stop_if_counted(state, id, restarts);
    }
}

/// Returns the ids of the applications to which the containers of a service claim to belong, by a label of their
/// images.
fn claimed_application_ids(one: &Resource) -> Vec<i64> {
    let Kind::Service(stack) = &one.kind else { return Vec::new() };
    let id = |part: &Container| {
        let (_, name) = part.image.rsplit_once('/')?;
        name.strip_prefix(LABELLED)?.split(':').next()?.parse().ok()
    };
    stack.containers.iter().filter_map(id).collect()
}

/// Stops an application if a container with its label was restarted more often than the limit, whoever started that
/// container (4.3.11, `GetContainersStatus`).
fn stop_if_counted(state: &mut CoolifyState, id: i64, restarts: u128) {
    let time = state.clock.timestamp_at(state.now());
    let is_it = |one: &&mut Resource| one.family() == Family::Application && one.id == id;
    let Some(one) = state.resources.iter_mut().find(is_it) else { return };
    if one.restart_limit().is_some_and(|most| restarts >= most) {
        one.stop();
        one.sight.update(None, restarts, time);
    }
}
