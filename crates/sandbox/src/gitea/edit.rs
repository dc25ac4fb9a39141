//! What a site admin changes about users.

use serde_json::Value;

use super::access::Caller;
use super::input::Input;
use super::state::State;
use super::{errors, users};
use crate::wire::{Answer, Reply, Request};

/// `PATCH /admin/users/{name}`: `source_id` and a `login_name` must come along (up to 1.26).
pub(super) fn user(state: &mut State, request: &Request, name: &str) -> Answer {
    let input = Input::of(request)?;
    let id = state.user(name)?.id;
    input.required("login_name", "LoginName")?;
    if input.member("source_id").and_then(Value::as_i64).is_none() {
        return Err(errors::required("SourceID"));
    }
    let visibility = input.visibility()?;
    let password = input.text("password");
    if !password.is_empty()
        && let Some(text) = users::password_complaint(password)
    {
        return Err(errors::message(400, text));
    }
    let user = state.users.iter_mut().find(|user| user.id == id).ok_or_else(errors::not_found)?;
    for (member, flag) in [
        ("must_change_password", &mut user.must_change_password),
        ("active", &mut user.is_active),
        ("prohibit_login", &mut user.prohibit_login),
        ("restricted", &mut user.is_restricted),
        ("admin", &mut user.is_admin),
    ] {
        *flag = input.flag(member, *flag);
    }
    for (given, field) in [
        (visibility.unwrap_or_default(), &mut user.visibility),
        (password, &mut user.password),
        (input.text("full_name"), &mut user.full_name),
    ] {
        if !given.is_empty() {
            given.clone_into(field);
        }
    }
    let user = state.users.iter().find(|user| user.id == id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, state.user_json(user)))
}

/// `DELETE /admin/users/{name}`: refused while the user is in an organisation, unless told to purge.
pub(super) fn delete_user(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> Answer {
    let id = state.user(name)?.id;
    if id == caller.user {
        return Err(errors::message(422, "you cannot delete yourself"));
    }
    let is_in = state.orgs.iter().any(|org| org.members.contains(&id));
    if is_in && request.query.get("purge").is_none_or(|purge| purge != "true") {
        let text = format!("user still has membership of organizations [uid: {id}]");
        return Err(errors::message(422, &text));
    }
    for org in &mut state.orgs {
        org.members.retain(|member| *member != id);
    }
    // An organisation whose last owner is purged goes with everything that it has.
    let gone: Vec<_> =
        state.orgs.iter().filter(|org| org.members.is_empty()).map(|org| org.id).collect();
    state.orgs.retain(|org| !gone.contains(&org.id));
    state.repos.retain(|repo| {
        let stays = !gone.contains(&repo.org);
        if !stays {
            repo.bare.remove();
        }
        stays
    });
    state.tokens.retain(|token| token.user != id);
    state.keys.retain(|key| key.user != id);
    state.users.retain(|user| user.id != id);
    Ok(Reply::empty(204))
}
