//! `GET /user_management/sessions/logout`: ends a session, and sends the browser on.

use super::page_helpers;
use crate::core::request_types::{ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::WorkOsState;

/// Answers a request for it. An address that is not configured ends in an error, as at WorkOS.
pub(in crate::workos) fn logout(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let given = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
    let session = state.sessions.iter_mut().find(|one| one.id == given("session_id"));
    let Some(session) = session else { return Err(errors::page("The session is invalid.")) };
    session.has_ended = true;
    let to = state.settings.logout_uris.iter().find(|uri| *uri == given("return_to"));
    let reply = to.and_then(|to| page_helpers::redirect(to, &[]));
    reply.ok_or_else(|| errors::page("The return_to is not configured."))
}
