//! Reading applications, databases and services.

use crate::coolify::model::{Family, State};
use crate::coolify::views;
use crate::core::wire::{Answer, Reply};

/// `GET /{family}`: all of the team, without pages.
pub(super) fn list(state: &State, family: Family) -> Reply {
    let now = state.now();
    let items = state.family(family).map(|one| views::list_item(state, one, now));
    Reply::json(200, items.collect())
}

/// `GET /{family}/{uuid}`.
pub(super) fn show(state: &State, family: Family, uuid: &str) -> Answer {
    let one = state.find(family, uuid)?;
    Ok(Reply::json(200, views::detail(state, one, state.now())))
}
