//! `/resources`: everything of the team.

use serde_json::json;

use super::route::{Route, route};
use crate::coolify::model::CoolifyState;
use crate::coolify::views;
use crate::core::wire::Reply;

pub(super) const ROUTES: &[Route] = &[route("GET", "/resources", |state, _, _| Ok(list(state)))];

/// `GET /resources`: with numeric ids.
fn list(state: &CoolifyState) -> Reply {
    let body = state.resources.iter().map(|one| {
        let mut body = views::resources::show_with_id(one);
        body["type"] = json!(one.type_text());
        body
    });
    Reply::json(200, body.collect())
}
