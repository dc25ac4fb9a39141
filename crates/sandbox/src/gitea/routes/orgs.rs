//! `/orgs`: organisations.

use serde_json::Value;

use super::repos;
use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::auth::{Caller, visible_org};
use crate::gitea::errors;
use crate::gitea::model::State;
use crate::gitea::rules::{Input, accounts, paging};
use crate::gitea::views;

/// Answers `/orgs/{rest}`.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    match (request.method.as_str(), rest) {
        ("POST", []) => create(state, request, caller.user),
        ("GET", [name]) => {
            let org = visible_org(state, caller, name)?;
            Ok(Reply::json(200, views::org(state, org)))
        }
        ("PATCH", [name]) => edit(state, request, caller, name),
        ("DELETE", [name]) => delete(state, caller, name),
        ("GET", [name, "teams"]) => {
            let org = visible_org(state, caller, name)?;
            caller.require_owner(org)?;
            Ok(paging::page(request, &[views::owners_team(org)]))
        }
        ("GET", [name, "repos"]) => repos::list(state, request, caller, name),
        ("POST", [name, "repos"]) => repos::create(state, request, caller, name),
        _ => Err(errors::not_found()),
    }
}

/// `POST /admin/users/{name}/orgs` and `POST /orgs`: with that owner; public by default.
pub(super) fn create(state: &mut State, request: &Request, owner: i64) -> Answer {
    let input = Input::parse(request)?;
    let name = input.required("username", "UserName")?;
    accounts::check_name(state, name)?;
    let visibility = input.visibility()?.unwrap_or("public");
    let id = state.add_org(name, visibility, owner);
    let org = state.org_by_id_mut(id)?;
    input.text("full_name").clone_into(&mut org.full_name);
    input.text("description").clone_into(&mut org.description);
    Ok(Reply::json(201, views::org(state, state.org_by_id(id)?)))
}

/// `PATCH /orgs/{name}`: absent fields stay.
fn edit(state: &mut State, request: &Request, caller: &Caller, name: &str) -> Answer {
    let input = Input::parse(request)?;
    let found = visible_org(state, caller, name)?;
    caller.require_owner(found)?;
    let id = found.id;
    let visibility = input.visibility()?;
    let org = state.org_by_id_mut(id)?;
    for (member, field) in
        [("full_name", &mut org.full_name), ("description", &mut org.description)]
    {
        if let Some(text) = input.member(member).and_then(Value::as_str) {
            text.clone_into(field);
        }
    }
    if let Some(visibility) = visibility {
        visibility.clone_into(&mut org.visibility);
    }
    Ok(Reply::json(200, views::org(state, state.org_by_id(id)?)))
}

/// `DELETE /orgs/{name}`: 500 while it has repositories.
fn delete(state: &mut State, caller: &Caller, name: &str) -> Answer {
    let org = visible_org(state, caller, name)?;
    caller.require_owner(org)?;
    let id = org.id;
    if state.repos.iter().any(|repo| repo.org == id) {
        return Err(errors::refusal(500));
    }
    state.orgs.retain(|org| org.id != id);
    Ok(Reply::empty(204))
}
