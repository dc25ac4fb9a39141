//! `/admin`: what only site admins may do.

use serde_json::Value;

use super::{orgs, ssh_keys, users};
use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::State;
use crate::gitea::rules::{Input, accounts};
use crate::gitea::views;

/// Answers `/admin/{rest}`.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    caller.require_admin()?;
    match (request.method.as_str(), rest) {
        ("POST", ["users"]) => users::create(state, request),
        ("PATCH", ["users", name]) => edit_user(state, request, name),
        ("DELETE", ["users", name]) => delete_user(state, request, caller, name),
        ("POST", ["users", name, "orgs"]) => {
            let owner = state.user(name)?.id;
            orgs::create(state, request, owner)
        }
        ("POST", ["users", name, "keys"]) => {
            let user = state.user(name)?.id;
            ssh_keys::create(state, request, user)
        }
        ("DELETE", ["users", name, "keys", id]) => {
            let user = state.user(name)?.id;
            ssh_keys::delete(state, user, id)
        }
        _ => Err(errors::not_found()),
    }
}

/// `PATCH /admin/users/{name}`: needs `source_id` and `login_name` too (up to 1.26).
fn edit_user(state: &mut State, request: &Request, name: &str) -> Answer {
    let input = Input::parse(request)?;
    let id = state.user(name)?.id;
    input.required("login_name", "LoginName")?;
    if input.member("source_id").and_then(Value::as_i64).is_none() {
        return Err(errors::required("SourceID"));
    }
    let visibility = input.visibility()?;
    let password = input.text("password");
    if !password.is_empty() {
        accounts::check_password(password)?;
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
    let user = state.user_by_id(id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, views::user(state, user)))
}

/// `DELETE /admin/users/{name}`: refused while the user is in an organisation, unless with `purge`.
fn delete_user(state: &mut State, request: &Request, caller: &Caller, name: &str) -> Answer {
    let id = state.user(name)?.id;
    if id == caller.user {
        return Err(errors::message(422, "you cannot delete yourself"));
    }
    let is_owner = state.orgs.iter().any(|org| org.owners.contains(&id));
    if is_owner && request.query.get("purge").is_none_or(|purge| purge != "true") {
        let text = format!("user still has membership of organizations [uid: {id}]");
        return Err(errors::message(422, &text));
    }
    for org in &mut state.orgs {
        org.owners.retain(|owner| *owner != id);
    }
    // An organisation whose last owner is purged is deleted with its repositories.
    let gone: Vec<_> =
        state.orgs.iter().filter(|org| org.owners.is_empty()).map(|org| org.id).collect();
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
