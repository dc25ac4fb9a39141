//! `/teams/current`: the one team.

use super::route::{Route, route};
use crate::coolify::views::team;
use crate::core::wire::Reply;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/teams/current", |state, _, _| Ok(Reply::json(200, team::team(state.created)))),
    route("GET", "/teams/current/members", |state, _, _| {
        Ok(Reply::json(200, team::members(state.created)))
    }),
];
