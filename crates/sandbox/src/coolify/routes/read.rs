//! Reading applications, databases and services.

use std::thread;
use std::time::Duration;

use crate::coolify::model::{CoolifyState, Family};
use crate::coolify::views;
use crate::core::wire::{Reply, ReplyResult};

/// `GET /{family}`: all of the team, without pages.
pub(super) fn list(state: &CoolifyState, family: Family) -> Reply {
    let items = state.family(family).map(|one| views::resources::list_item(state, one));
    let reply = Reply::json(200, items.collect());
    if !state.has_neighbours {
        return reply;
    }
    let rows = u32::try_from(state.family(family).count()).unwrap_or(u32::MAX);
    let time = time_of(family) * rows;
    Reply::later(move || {
        thread::sleep(time);
        Ok(reply)
    })
}

/// Returns what a row of a list of the whole instance takes (4.3.11).
const fn time_of(family: Family) -> Duration {
    Duration::from_micros(match family {
        Family::Application => 1_600,
        Family::Database => 5_500,
        Family::Service => 6_000,
    })
}

/// `GET /{family}/{uuid}`.
pub(super) fn show(state: &CoolifyState, family: Family, uuid: &str) -> ReplyResult {
    let one = state.find(family, uuid)?;
    Ok(Reply::json(200, views::resources::detail(state, one)))
}
