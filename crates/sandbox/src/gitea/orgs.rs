//! Organisations and their team of owners.

use serde_json::{Value, json};

use super::access::Caller;
use super::input::Input;
use super::state::{Org, State};
use super::{errors, members, paging, repos, users};
use crate::wire::{Answer, Reply, Request};

impl State {
    fn org_json(&self, org: &Org) -> Value {
        json!({
            "id": org.id, "name": org.name, "username": org.name, "full_name": org.full_name,
            "email": "", "avatar_url": format!("{}/avatars/{}", self.url, org.id),
            "description": org.description, "website": "", "location": "",
            "visibility": org.visibility, "repo_admin_change_team_access": false,
        })
    }

    /// The organisation of that name, for a caller who may see it; else 404.
    pub(super) fn org(&self, name: &str, caller: &Caller) -> Result<&Org, Reply> {
        let found = self.orgs.iter().find(|org| org.name.eq_ignore_ascii_case(name));
        found.filter(|org| caller.may_see_org(org)).ok_or_else(errors::not_found)
    }
}

pub(super) fn owners_json(org: &Org) -> Value {
    json!({
        "id": org.owners, "name": "Owners", "description": "", "organization": null,
        "includes_all_repositories": true, "permission": "owner", "can_create_org_repo": true,
        "units": ["repo.code", "repo.issues", "repo.pulls"],
        "units_map": { "repo.code": "owner", "repo.issues": "owner", "repo.pulls": "owner" },
    })
}

/// Answers `/orgs…` and `/teams…`.
pub(super) fn answer(state: &mut State, request: &Request, caller: &Caller) -> Answer {
    let (method, parts) = request.route();
    match (method, parts.as_slice()) {
        ("POST", ["orgs"]) => create(state, request, caller.user),
        ("GET", ["orgs", name]) => {
            let org = state.org(name, caller)?;
            Ok(Reply::json(200, state.org_json(org)))
        }
        ("PATCH", ["orgs", name]) => edit(state, request, caller, name),
        ("DELETE", ["orgs", name]) => delete(state, caller, name),
        ("GET", ["orgs", name, "teams"]) => {
            let org = state.org(name, caller)?;
            owned(org, caller)?;
            Ok(paging::page(request, &[owners_json(org)]))
        }
        ("GET", ["orgs", name, "repos"]) => repos::list(state, request, caller, name),
        ("POST", ["orgs", name, "repos"]) => repos::create(state, request, caller, name),
        (_, ["teams", team, rest @ ..]) => members::answer(state, request, caller, team, rest),
        _ => Err(errors::not_found()),
    }
}

/// Refuses everybody but owners and admins.
pub(super) fn owned(org: &Org, caller: &Caller) -> Result<(), Reply> {
    if caller.is_owner(org) {
        Ok(())
    } else {
        Err(errors::message(403, "Must be an organization owner"))
    }
}

/// `POST /admin/users/{name}/orgs` and `POST /orgs`: with that owner in one call; public unless told.
pub(super) fn create(state: &mut State, request: &Request, owner: i64) -> Answer {
    let input = Input::of(request)?;
    let name = input.required("username", "UserName")?;
    users::check_name(state, name)?;
    let visibility = input.visibility()?.unwrap_or("public");
    let id = state.add_org(name, visibility, owner);
    let org = state.orgs.iter_mut().find(|org| org.id == id).ok_or_else(errors::not_found)?;
    input.text("full_name").clone_into(&mut org.full_name);
    input.text("description").clone_into(&mut org.description);
    let org = state.orgs.iter().find(|org| org.id == id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(201, state.org_json(org)))
}

/// `PATCH /orgs/{name}`: what is absent stays.
fn edit(state: &mut State, request: &Request, caller: &Caller, name: &str) -> Answer {
    let input = Input::of(request)?;
    let found = state.org(name, caller)?;
    owned(found, caller)?;
    let id = found.id;
    let visibility = input.visibility()?;
    let org = state.orgs.iter_mut().find(|org| org.id == id).ok_or_else(errors::not_found)?;
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
    let org = state.orgs.iter().find(|org| org.id == id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, state.org_json(org)))
}

/// `DELETE /orgs/{name}`: 500 while it has repositories.
fn delete(state: &mut State, caller: &Caller, name: &str) -> Answer {
    let org = state.org(name, caller)?;
    owned(org, caller)?;
    let id = org.id;
    if state.repos.iter().any(|repo| repo.org == id) {
        return Err(errors::refusal(500));
    }
    state.orgs.retain(|org| org.id != id);
    Ok(Reply::empty(204))
}
