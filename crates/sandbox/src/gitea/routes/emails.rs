//! `/user/emails`: the caller's addresses. Each of them resets the password.

use serde_json::{Value, json};

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors;
use crate::gitea::model::GiteaState;
use crate::gitea::rules::{Input, accounts};

/// Answers `/user/emails`.
pub(super) fn answer(state: &mut GiteaState, request: &Request, user: i64) -> ReplyResult {
    match request.method.as_str() {
        "GET" => list(state, user),
        "POST" => add(state, request, user),
        "DELETE" => delete(state, request, user),
        _ => Err(errors::no_route()),
    }
}

fn show(email: &str, is_primary: bool) -> Value {
    json!({ "email": email, "verified": true, "primary": is_primary, "user_id": 0, "username": "" })
}

fn list(state: &GiteaState, user: i64) -> ReplyResult {
    let user = state.user_by_id(user).ok_or_else(errors::not_found)?;
    let others = user.other_emails.iter().map(|email| show(email, false));
    Ok(Reply::json(200, [show(&user.email, true)].into_iter().chain(others).collect::<Value>()))
}

fn add(state: &mut GiteaState, request: &Request, user: i64) -> ReplyResult {
    let emails = Input::parse(request)?.texts("emails");
    if emails.is_empty() {
        return Err(errors::invalid("Email list empty"));
    }
    for email in &emails {
        accounts::check_address(state, email, None, 422)?;
    }
    let user = state.users.iter_mut().find(|one| one.id == user).ok_or_else(errors::not_found)?;
    user.other_emails.extend(emails.iter().map(|email| email.to_lowercase()));
    Ok(Reply::json(201, emails.iter().map(|email| show(email, false)).collect::<Value>()))
}

/// `DELETE /user/emails`: 404 for an address that the caller does not have, 500 for the primary one.
fn delete(state: &mut GiteaState, request: &Request, user: i64) -> ReplyResult {
    let emails = Input::parse(request)?.texts("emails");
    let user = state.users.iter_mut().find(|one| one.id == user).ok_or_else(errors::not_found)?;
    for email in emails.iter().map(|email| email.to_lowercase()) {
        if email == user.email {
            return Err(errors::internal("can't delete a primary e-mail address"));
        }
        let at = user.other_emails.iter().position(|other| *other == email);
        user.other_emails.remove(at.ok_or_else(errors::not_found)?);
    }
    Ok(Reply::empty(204))
}
