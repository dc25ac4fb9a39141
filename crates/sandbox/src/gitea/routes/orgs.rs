//! `/orgs`: organisations.

use serde_json::{Value, json};

use super::repository_settings::webhooks;
use super::{blocked_users, issues, repos, runners, teams};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, visible_org};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, HookPlace, Org, Right};
use crate::gitea::rules::{Input, accounts, paging};

/// Answers `/orgs/{rest}`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(list(state, request, caller)),
        ("POST", []) => create_own(state, request, caller),
        ("GET", [name]) => {
            let org = visible_org(state, caller, name)?;
            Ok(Reply::json(200, answer_json::org(state, org)))
        }
        ("PATCH", [name]) => edit(state, request, caller, name),
        ("DELETE", [name]) => delete(state, caller, name),
        ("POST", [name, "rename"]) => rename(state, request, caller, name),
        (_, [name, "teams", rest @ ..]) => teams::of_org(state, request, caller, name, rest),
        ("GET", [name, "members"]) => {
            let org = visible_org(state, caller, name)?;
            let members = state.users.iter().filter(|user| org.is_member(user.id));
            let shown = members.map(|user| answer_json::user_for(state, caller, user));
            Ok(paging::page(request, &shown.collect::<Vec<_>>()))
        }
        ("DELETE", [name, "members", user]) => remove_member(state, caller, name, user),
        (_, [name, "blocks", rest @ ..]) => {
            let org = owned(state, caller, name)?;
            blocked_users::answer(state, request, caller, org, rest)
        }
        (_, [name, "hooks", rest @ ..]) => {
            let place = HookPlace::Org(owned(state, caller, name)?);
            webhooks::answer(state, request, place, rest)
        }
        ("GET", [name, "actions", "secrets"]) => {
            owned(state, caller, name)?;
            Ok(paging::page(request, &[]))
        }
        (_, [name, "actions", "runners", rest @ ..]) => {
            let place = HookPlace::Org(owned(state, caller, name)?);
            runners::answer(state, request, place, rest)
        }
        (_, [name, "labels"]) => issues::answer_org_labels(state, request, caller, name),
        ("GET", [name, "repos"]) => repos::list(state, request, caller, name),
        ("POST", [name, "repos"]) => create_repo(state, request, caller, name),
        _ => Err(errors::no_route()),
    }
}

/// Returns the id of an organisation that the caller owns.
pub(super) fn owned(state: &GiteaState, caller: &Caller, name: &str) -> Result<i64, Reply> {
    let org = visible_org(state, caller, name)?;
    caller.require_owner(org)?;
    Ok(org.id)
}

fn list(state: &GiteaState, request: &Request, caller: &Caller) -> Reply {
    let visible = |org: &&Org| org.visibility == "public" || caller.is_admin;
    let visible = state.orgs.iter().filter(visible);
    paging::page(request, &visible.map(|org| answer_json::org(state, org)).collect::<Vec<_>>())
}

/// `POST /orgs`: 403 for who may not create any.
fn create_own(state: &mut GiteaState, request: &Request, caller: &Caller) -> ReplyResult {
    if !may_create(state, caller.user) {
        return Err(errors::message(403, "User is not allowed to create organizations."));
    }
    create(state, request, caller.user)
}

fn may_create(state: &GiteaState, user: i64) -> bool {
    let allowed = state.settings.organisation_creation;
    state.user_by_id(user).is_some_and(|user| user.is_admin || (allowed && user.may_create_orgs))
}

/// `POST /admin/users/{name}/orgs` and `POST /orgs`: with that owner; public by default. 500 where
/// the owner may not create organisations.
pub(super) fn create(state: &mut GiteaState, request: &Request, owner: i64) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("username", "UserName")?;
    accounts::check_format(name, "UserName")?;
    let visibility = input.visibility()?.unwrap_or("public");
    accounts::check_name(state, name)?;
    if !may_create(state, owner) {
        return Err(errors::refusal(500));
    }
    let id = state.add_org(name, visibility, owner);
    let org = state.org_by_id_mut(id)?;
    describe(org, &input);
    Ok(Reply::json(201, answer_json::org(state, state.org_by_id(id)?)))
}

/// Sets the texts that a body has.
fn describe(org: &mut Org, input: &Input) {
    for (member, field) in [
        ("full_name", &mut org.full_name),
        ("description", &mut org.description),
        ("website", &mut org.website),
        ("location", &mut org.location),
    ] {
        if let Some(text) = input.member(member).and_then(Value::as_str) {
            text.clone_into(field);
        }
    }
}

/// `PATCH /orgs/{name}`: an absent full name is cleared, the other fields stay (1.25.2).
fn edit(state: &mut GiteaState, request: &Request, caller: &Caller, name: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let id = owned(state, caller, name)?;
    let visibility = input.visibility()?;
    let org = state.org_by_id_mut(id)?;
    org.full_name.clear();
    describe(org, &input);
    if let Some(visibility) = visibility {
        visibility.clone_into(&mut org.visibility);
    }
    Ok(Reply::json(200, answer_json::org(state, state.org_by_id(id)?)))
}

/// `POST /orgs/{name}/rename`: by an owner; the old name leads to the new one.
fn rename(state: &mut GiteaState, request: &Request, caller: &Caller, name: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let id = owned(state, caller, name)?;
    let new = input.required("new_name", "NewName")?;
    accounts::check_format(new, "NewName")?;
    let old = state.org_by_id(id)?.name.clone();
    if !old.eq_ignore_ascii_case(new) {
        accounts::check_name(state, new)?;
        state.redirects.take(None, new);
        state.redirects.add(None, &old, id);
    }
    new.clone_into(&mut state.org_by_id_mut(id)?.name);
    Ok(Reply::empty(204))
}

/// `DELETE /orgs/{name}`: 500 while it has repositories.
fn delete(state: &mut GiteaState, caller: &Caller, name: &str) -> ReplyResult {
    let id = owned(state, caller, name)?;
    if state.repos.iter().any(|repo| repo.owner == id) {
        let text = format!("user still has ownership of repositories [uid: {id}]");
        return Err(errors::message(500, if caller.is_admin { &text } else { "" }));
    }
    state.orgs.retain(|org| org.id != id);
    state.hooks.retain(|hook| hook.place != HookPlace::Org(id));
    state.redirects.forget(id);
    Ok(Reply::empty(204))
}

/// `GET /users/{name}/orgs`: those that the caller may see.
pub(super) fn of_user(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> ReplyResult {
    let user = state.user(name)?.id;
    let of = |org: &&Org| org.is_member(user) && caller.may_see_org(org);
    let orgs = state.orgs.iter().filter(of).map(|org| answer_json::org(state, org));
    Ok(paging::page(request, &orgs.collect::<Vec<_>>()))
}

/// `DELETE /orgs/{name}/members/{user}`: 500 for the last owner.
fn remove_member(state: &mut GiteaState, caller: &Caller, name: &str, user: &str) -> ReplyResult {
    let id = owned(state, caller, name)?;
    let user = state.user(user)?.id;
    let org = state.org_by_id_mut(id)?;
    if !org.is_member(user) {
        return Err(errors::not_found());
    }
    if org.owners() == [user] {
        return Err(errors::refusal(500));
    }
    for team in &mut org.teams {
        team.members.retain(|member| *member != user);
    }
    Ok(Reply::empty(204))
}

/// `GET /users/{name}/orgs/{org}/permissions`.
pub(super) fn permissions(
    state: &GiteaState,
    caller: &Caller,
    name: &str,
    org: &str,
) -> ReplyResult {
    let user = state.user(name)?;
    let org = visible_org(state, caller, org)?;
    let (right, is_owner) = (org.right_of(user.id), org.owners().contains(&user.id));
    Ok(Reply::json(
        200,
        json!({
            "is_owner": is_owner, "is_admin": right >= Right::Admin,
            "can_write": right >= Right::Write, "can_read": right >= Right::Read,
            "can_create_repository": org.may_create_repos(user.id),
        }),
    ))
}

/// `POST /orgs/{org}/repos`: 413 where Forgejo's quota is used up.
fn create_repo(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> ReplyResult {
    let org = visible_org(state, caller, name)?;
    if !caller.is_admin && !org.may_create_repos(caller.user) {
        let text = "Given user is not allowed to create repository in organization.";
        return Err(errors::message(403, text));
    }
    if state.settings.quota_used_up {
        return Err(errors::message(413, "quota exceeded"));
    }
    let (id, name) = (org.id, org.name.clone());
    repos::create(state, request, caller, id, &name)
}
