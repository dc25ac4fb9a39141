//! The endpoints of Gitea's API and of git's smart HTTP.

mod admin;
mod git_http;
mod moved;
mod orgs;
mod repos;
mod repository;
mod settings;
mod ssh_keys;
mod teams;
mod tokens;
mod users;

use super::auth::{Caller, authenticate, scopes};
use super::errors;
use super::model::State;
use crate::core::wire::{Answer, Request};

/// Answers a request.
pub(crate) fn answer(state: &mut State, request: &Request) -> Answer {
    if git_http::is_git(request) {
        return git_http::answer(state, request);
    }
    let (method, segments) = request.route();
    match (method, segments.as_slice()) {
        ("GET", ["version"]) => return Ok(settings::version()),
        ("GET", ["settings", "api"]) => return Ok(settings::api()),
        _ => {}
    }
    let caller = authenticate(state, request)?;
    if let Some(redirect) = moved::redirect(state, request) {
        return Ok(redirect);
    }
    if let Some(category) = category(method, &segments) {
        caller.require_scope(method, category)?;
    }
    serve(state, request, &caller)
}

/// Returns the category of scopes that a route belongs to; none where there is no route.
fn category(method: &str, segments: &[&str]) -> Option<&'static str> {
    match (method, segments) {
        (_, ["admin", ..]) => Some("admin"),
        ("GET", ["user"] | ["users", _] | ["users", _, "keys"])
        | ("POST", ["user", "keys"])
        | (_, ["users", _, "tokens", ..]) => Some("user"),
        (_, ["orgs" | "teams", ..]) => Some("organization"),
        (_, ["repos", _, _, ..]) => Some(scopes::REPOSITORY),
        _ => None,
    }
}

fn serve(state: &mut State, request: &Request, caller: &Caller) -> Answer {
    let (method, segments) = request.route();
    match (method, segments.as_slice()) {
        (_, ["admin", rest @ ..]) => admin::answer(state, request, caller, rest),
        ("GET", ["user"]) => users::me(state, caller),
        ("POST", ["user", "keys"]) => ssh_keys::create(state, request, caller.user),
        ("GET", ["users", name]) => users::show(state, caller, name),
        ("GET", ["users", name, "keys"]) => ssh_keys::list(state, request, caller, name),
        (_, ["users", name, "tokens", rest @ ..]) => {
            tokens::answer(state, request, caller, name, rest)
        }
        (_, ["orgs", rest @ ..]) => orgs::answer(state, request, caller, rest),
        (_, ["teams", team, rest @ ..]) => teams::answer(state, request, caller, team, rest),
        ("GET", ["repos", org, name]) => repos::show(state, caller, org, name),
        ("PATCH", ["repos", org, name]) => repos::edit(state, request, caller, org, name),
        ("DELETE", ["repos", org, name]) => repos::delete(state, caller, org, name),
        (_, ["repos", org, name, rest @ ..]) => {
            repository::answer(state, request, caller, (org, name), rest)
        }
        _ => Err(errors::not_found()),
    }
}
