//! `/user_management/users` and `/user_management/sessions`.

use serde_json::json;

use super::request_reading::{page, text};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::{User, WorkOsState};

pub(super) fn answer(state: &mut WorkOsState, request: &Request, rest: &[&str]) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("POST", []) => create(state, request),
        ("GET", []) => {
            let email = request.query.get("email");
            let organization = request.query.get("organization_id");
            let found = state.users.iter().filter(|one| {
                email.is_none_or(|email| email.eq_ignore_ascii_case(&one.email))
                    && organization.is_none_or(|id| state.active(&one.id, id).is_some())
            });
            let shown = found.map(|one| (one.id.clone(), one.view()));
            page(request, shown.collect())
        }
        ("GET", [id]) => Ok(Reply::json(200, find_user(state, id)?.view())),
        ("PUT", [id]) => update(state, request, id),
        ("DELETE", [id]) => {
            find_user(state, id)?;
            state.remove_user(id);
            Ok(Reply::empty(204))
        }
        ("GET", [id, "sessions"]) => {
            find_user(state, id)?;
            let own = state.sessions.iter().filter(|one| one.user == *id);
            let shown = own.map(|one| {
                let status = if one.has_ended { "revoked" } else { "active" };
                let created = &one.created;
                let view = json!({
                    "object": "session", "id": one.id, "user_id": one.user,
                    "organization_id": one.organization, "status": status,
                    "auth_method": "password", "created_at": created, "updated_at": created,
                });
                (one.id.clone(), view)
            });
            page(request, shown.collect())
        }
        _ => Err(errors::refusal(404)),
    }
}

fn find_user<'a>(state: &'a WorkOsState, id: &str) -> Result<&'a User, Reply> {
    state.user(id).ok_or_else(|| errors::not_found("User"))
}

fn create(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let email = text(request, "email").filter(|email| email.contains('@'));
    let email = email.ok_or_else(|| errors::invalid("email", "invalid"))?;
    if state.user_by_email(&email).is_some() {
        return Err(errors::email_taken());
    }
    let id = state.add_user(&email, (text(request, "first_name"), text(request, "last_name")));
    let password = text(request, "password");
    if let Some(user) = state.users.iter_mut().find(|one| one.id == id) {
        // Unless the caller says so, nobody has read mail there yet.
        user.email_verified = is_verified(request).unwrap_or_default();
        user.password = password;
    }
    Ok(Reply::json(201, find_user(state, &id)?.view()))
}

fn is_verified(request: &Request) -> Option<bool> {
    request.json()?.get("email_verified")?.as_bool()
}

/// Changes what is named. Another address is not verified, unless the caller says so.
fn update(state: &mut WorkOsState, request: &Request, id: &str) -> ReplyResult {
    find_user(state, id)?;
    let email = text(request, "email");
    if email.as_ref().is_some_and(|email| !email.contains('@')) {
        return Err(errors::invalid("email", "invalid"));
    }
    let holder = email.as_ref().and_then(|email| state.user_by_email(email));
    if holder.is_some_and(|holder| holder.id != id) {
        return Err(errors::email_taken());
    }
    let named = |name: &str| Some(request.json()?.get(name)?.as_str()?.to_owned());
    if let Some(user) = state.users.iter_mut().find(|one| one.id == id) {
        if let Some(email) = email.filter(|email| *email != user.email) {
            (user.email, user.email_verified) = (email, false);
        }
        user.email_verified = is_verified(request).unwrap_or(user.email_verified);
        user.first_name = named("first_name").or(user.first_name.take());
        user.last_name = named("last_name").or(user.last_name.take());
    }
    Ok(Reply::json(200, find_user(state, id)?.view()))
}

/// `/user_management/sessions`.
pub(super) fn answer_sessions(
    state: &mut WorkOsState,
    request: &Request,
    rest: &[&str],
) -> ReplyResult {
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
