//! The API: a file for each kind of object; the addresses of redirects are here.

mod authenticate;
mod invitations;
mod memberships;
mod organizations;
mod request_reading;
mod users;

use serde_json::{Value, json};

use self::request_reading::{page, text};
use super::errors;
use super::model::{RedirectUri, WorkOsState, id};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) use authenticate::authenticate;

/// Answers a request with the API key.
pub(super) fn answer(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let (_, segments) = request.route();
    match segments.as_slice() {
        ["organizations", rest @ ..] => organizations::answer(state, request, rest),
        ["user_management", "organization_memberships", rest @ ..] => {
            memberships::answer(state, request, rest)
        }
        ["user_management", "invitations", rest @ ..] => invitations::answer(state, request, rest),
        ["user_management", "users", rest @ ..] => users::answer(state, request, rest),
        ["user_management", "sessions", rest @ ..] => users::answer_sessions(state, request, rest),
        ["user_management", "redirect_uris"] => answer_redirect_uris(state, request),
        _ => Err(errors::refusal(404)),
    }
}

/// `/user_management/redirect_uris`.
fn answer_redirect_uris(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    match request.method.as_str() {
        "GET" => {
            let all = state.redirect_uris.iter();
            page(request, all.map(|one| (one.id.clone(), redirect_uri_view(one))).collect())
        }
        "POST" => {
            let uri = text(request, "uri").ok_or_else(|| errors::invalid("uri", "required"))?;
            if state.redirect_uris.iter().any(|one| one.uri == uri) {
                return Err(errors::api(409, "entity_already_exists", "The URI exists."));
            }
            let made = RedirectUri { id: id("redir"), uri };
            let shown = redirect_uri_view(&made);
            state.redirect_uris.push(made);
            Ok(Reply::json(201, shown))
        }
        _ => Err(errors::refusal(404)),
    }
}

fn redirect_uri_view(one: &RedirectUri) -> Value {
    json!({ "object": "redirect_uri", "id": one.id, "uri": one.uri, "default": false })
}
