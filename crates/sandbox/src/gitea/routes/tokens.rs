//! `/users/{name}/tokens`: access tokens, for Basic authentication only; each is shown once.

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, scopes};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Token};
use crate::gitea::rules::{Input, paging};

/// Answers `/users/{name}/tokens…`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
    rest: &[&str],
) -> ReplyResult {
    let user = state.user(name)?.id;
    if !caller.is_admin && caller.user != user {
        return Err(errors::message(
            403,
            "doer should be the site admin or be same as the contextUser",
        ));
    }
    if !caller.is_basic {
        return Err(errors::message(401, "auth required"));
    }
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(list(state, request, user)),
        ("POST", []) => create(state, request, user),
        ("DELETE", [token]) => delete(state, user, token),
        _ => Err(errors::no_route()),
    }
}

fn list(state: &GiteaState, request: &Request, user: i64) -> Reply {
    // Newest first.
    let tokens = state.tokens.iter().rev().filter(|token| token.user == user);
    paging::page(request, &tokens.map(|token| answer_json::token(token, "")).collect::<Vec<_>>())
}

fn create(state: &mut GiteaState, request: &Request, user: i64) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("name", "Name")?;
    if state.tokens.iter().any(|token| token.user == user && token.name == name) {
        return Err(errors::message(400, "access token name has been used already"));
    }
    let scopes = input.texts("scopes");
    if scopes.is_empty() {
        return Err(errors::message(400, "access token must have a scope"));
    }
    if let Some(bad) = scopes.iter().find(|scope| !scopes::is_scope(scope)) {
        let text =
            format!("invalid access token scope provided: invalid access token scope: {bad}");
        return Err(errors::message(400, &text));
    }
    let token = Token::new(state.next_id(), user, name, scopes);
    let body = answer_json::token(&token, &token.sha1);
    state.tokens.push(token);
    Ok(Reply::json(201, body))
}

/// `DELETE /users/{name}/tokens/{token}`: by id or by name.
fn delete(state: &mut GiteaState, user: i64, token: &str) -> ReplyResult {
    let is_it =
        |one: &Token| one.user == user && (one.name == token || one.id.to_string() == token);
    let at = state.tokens.iter().position(is_it).ok_or_else(errors::not_found)?;
    state.tokens.remove(at);
    Ok(Reply::empty(204))
}
