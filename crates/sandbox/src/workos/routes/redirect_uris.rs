//! `/user_management/redirect_uris`.

use serde_json::{Value, json};

use super::input::text;
use crate::core::wire::{Reply, ReplyResult, Request};
use crate::workos::model::{RedirectUri, WorkOsState, id};
use crate::workos::{errors, listing};

pub(super) fn answer(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    match request.method.as_str() {
        "GET" => {
            let all = state.redirect_uris.iter();
            listing::page(request, all.map(|one| (one.id.clone(), view(one))).collect())
        }
        "POST" => {
            let uri = text(request, "uri").ok_or_else(|| errors::invalid("uri", "required"))?;
            if state.redirect_uris.iter().any(|one| one.uri == uri) {
                return Err(errors::api(409, "entity_already_exists", "The URI exists."));
            }
            let made = RedirectUri { id: id("redir"), uri };
            let shown = view(&made);
            state.redirect_uris.push(made);
            Ok(Reply::json(201, shown))
        }
        _ => Err(errors::refusal(404)),
    }
}

fn view(one: &RedirectUri) -> Value {
    json!({ "object": "redirect_uri", "id": one.id, "uri": one.uri, "default": false })
}
