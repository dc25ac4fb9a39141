//! `/admin`: what only site admins may do.

use serde_json::Value;

use super::repository_settings::webhooks;
use super::{orgs, runners, ssh_keys, users};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, HookPlace};
use crate::gitea::rules::{Input, accounts, paging};

/// Answers `/admin/{rest}`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> ReplyResult {
    caller.require_admin()?;
    match (request.method.as_str(), rest) {
        ("GET", ["users"]) => {
            let all: Vec<_> =
                state.users.iter().map(|user| answer_json::user(state, user)).collect();
            Ok(paging::page(request, &all))
        }
        ("POST", ["users"]) => users::create(state, request),
        ("PATCH", ["users", name]) => edit_user(state, request, name),
        ("DELETE", ["users", name]) => delete_user(state, request, caller, name),
        ("POST", ["users", name, "rename"]) => rename_user(state, request, name),
        ("POST", ["users", name, "orgs"]) => {
            let owner = state.user(name)?.id;
            orgs::create(state, request, owner)
        }
        ("POST", ["users", name, "keys"]) => {
            let user = state.user(name)?.id;
            if !state.settings.ssh_keys {
                return Err(errors::not_found());
            }
            ssh_keys::create(state, request, user)
        }
        ("DELETE", ["users", name, "keys", id]) => {
            let user = state.user(name)?.id;
            ssh_keys::delete(state, user, id)
        }
        (_, ["actions", "runners", rest @ ..]) => {
            runners::answer(state, request, HookPlace::System, rest)
        }
        (_, ["hooks", rest @ ..]) => webhooks::answer(state, request, HookPlace::System, rest),
        _ => Err(errors::no_route()),
    }
}

/// `PATCH /admin/users/{name}`: needs `source_id` and `login_name` too (up to 1.26).
fn edit_user(state: &mut GiteaState, request: &Request, name: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let id = state.user(name)?.id;
    let login_name = input.required("login_name", "LoginName")?;
    if input.member("source_id").and_then(Value::as_i64).is_none() {
        return Err(errors::missing_field("SourceID"));
    }
    let visibility = input.visibility()?;
    let (password, email) = (input.text("password"), input.text("email"));
    if !password.is_empty() {
        accounts::check_password(&state.settings, password)?;
    }
    if !email.is_empty() {
        accounts::check_address(state, email, Some(id), 400)?;
    }
    let user = state.users.iter_mut().find(|user| user.id == id).ok_or_else(errors::not_found)?;
    for (member, flag) in [
        ("must_change_password", &mut user.must_change_password),
        ("active", &mut user.is_active),
        ("prohibit_login", &mut user.prohibit_login),
        ("restricted", &mut user.is_restricted),
        ("admin", &mut user.is_admin),
        ("allow_create_organization", &mut user.may_create_orgs),
    ] {
        *flag = input.flag(member, *flag);
    }
    let most = input.member("max_repo_creation").and_then(Value::as_i64);
    user.max_repos = most.unwrap_or(user.max_repos);
    let new = email.to_lowercase();
    if !new.is_empty() && new != user.email {
        // The former address stays as a further one (read in 1.22 to main).
        user.other_emails.retain(|other| *other != new);
        user.other_emails.push(user.email.clone());
    }
    for (given, field) in [
        (visibility.unwrap_or_default(), &mut user.visibility),
        (password, &mut user.password),
        (input.text("full_name"), &mut user.full_name),
        (login_name, &mut user.login_name),
        (&new, &mut user.email),
    ] {
        if !given.is_empty() {
            given.clone_into(field);
        }
    }
    let user = state.user_by_id(id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, answer_json::user(state, user)))
}

/// `POST /admin/users/{name}/rename`.
fn rename_user(state: &mut GiteaState, request: &Request, name: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let new = input.required("new_username", "NewName")?;
    let user = state.user(name)?;
    let (id, old) = (user.id, user.login.clone());
    accounts::check_format(new, "NewName")?;
    accounts::check_name(state, new)?;
    state.redirects.take(None, new);
    state.redirects.add(None, &old, id);
    if let Some(user) = state.users.iter_mut().find(|user| user.id == id) {
        new.clone_into(&mut user.login);
    }
    Ok(Reply::empty(204))
}

/// `DELETE /admin/users/{name}`: refused while the user is in an organisation or owns a repository,
/// unless with `purge`.
fn delete_user(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> ReplyResult {
    let id = state.user(name)?.id;
    if id == caller.user {
        return Err(errors::message(422, "you cannot delete yourself"));
    }
    let purges = request.query.get("purge").is_some_and(|purge| purge == "true");
    for (blocks, text) in [
        (state.repos.iter().any(|repo| repo.owner == id), "still has ownership of repositories"),
        (state.orgs.iter().any(|org| org.is_member(id)), "still has membership of organizations"),
    ] {
        if blocks && !purges {
            return Err(errors::message(422, &format!("user {text} [uid: {id}]")));
        }
    }
    for team in state.orgs.iter_mut().flat_map(|org| &mut org.teams) {
        team.members.retain(|member| *member != id);
    }
    // An organisation whose last owner is purged is deleted with its repositories.
    let orphaned = state.orgs.iter().filter(|org| org.owners().is_empty()).map(|org| org.id);
    let gone: Vec<_> = orphaned.chain([id]).collect();
    state.orgs.retain(|org| !gone.contains(&org.id));
    let repos = state.repos.iter().filter(|repo| gone.contains(&repo.owner));
    for repo in repos.map(|repo| repo.id).collect::<Vec<_>>() {
        state.remove_repo(repo);
    }
    for one in gone {
        state.redirects.forget(one);
    }
    state.tokens.retain(|token| token.user != id);
    state.sessions.retain(|session| session.user != id);
    state.keys.retain(|key| key.user != id);
    state.oauth_apps.retain(|app| app.user != id);
    state.users.retain(|user| user.id != id);
    Ok(Reply::empty(204))
}
