//! `/user_management/sessions`.

use serde_json::json;

use super::input::text;
use crate::core::wire::{Reply, ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::WorkOsState;

pub(super) fn answer(state: &mut WorkOsState, request: &Request, rest: &[&str]) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("POST", ["revoke"]) => {
            let id = text(request, "session_id");
            let id = id.ok_or_else(|| errors::invalid("session_id", "required"))?;
            let mut open = state.sessions.iter_mut().filter(|one| !one.has_ended);
            let session = open.find(|one| one.id == id);
            session.ok_or_else(|| errors::not_found("Session"))?.has_ended = true;
            Ok(Reply::json(200, json!({})))
        }
        _ => Err(errors::refusal(404)),
    }
}
