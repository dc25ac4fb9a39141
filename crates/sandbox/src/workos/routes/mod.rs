//! The API.

mod authenticate;
mod input;
mod invitations;
mod memberships;
mod organizations;
mod redirect_uris;
mod sessions;
mod users;

use super::errors;
use super::model::WorkOsState;
use crate::core::wire::{ReplyResult, Request};

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
        ["user_management", "sessions", rest @ ..] => sessions::answer(state, request, rest),
        ["user_management", "redirect_uris"] => redirect_uris::answer(state, request),
        _ => Err(errors::refusal(404)),
    }
}
