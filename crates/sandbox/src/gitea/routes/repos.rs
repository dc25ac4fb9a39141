//! Repositories: created, listed, changed and deleted.

use serde_json::{Value, json};

use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::auth::{Caller, visible_org, visible_repo};
use crate::gitea::errors;
use crate::gitea::model::{Org, Repo, State};
use crate::gitea::repository::Identity;
use crate::gitea::repository::names::is_branch;
use crate::gitea::rules::{Input, names, paging};
use crate::gitea::views;

/// `GET /repos/{org}/{name}`.
pub(super) fn show(state: &State, caller: &Caller, org: &str, name: &str) -> Answer {
    let (org, repo) = visible_repo(state, caller, org, name)?;
    Ok(Reply::json(200, views::repo(state, caller, org, repo)))
}

/// `GET /orgs/{org}/repos`.
pub(super) fn list(state: &State, request: &Request, caller: &Caller, org: &str) -> Answer {
    let org = visible_org(state, caller, org)?;
    let here = state.repos.iter().filter(|repo| repo.org == org.id);
    let visible = here.filter(|repo| caller.may_see_repo(org, repo));
    let items: Vec<_> = visible.map(|repo| views::repo(state, caller, org, repo)).collect();
    Ok(paging::page(request, &items))
}

/// `POST /orgs/{org}/repos`: public by default; without `auto_init` it has no branch.
pub(super) fn create(state: &mut State, request: &Request, caller: &Caller, org: &str) -> Answer {
    let input = Input::parse(request)?;
    let found = visible_org(state, caller, org)?;
    caller.require_owner(found)?;
    let (org_name, org_id) = (found.name.clone(), found.id);
    let name = input.required("name", "Name")?;
    if !names::is_repository(name) {
        return Err(errors::message(422, "[Name]: AlphaDashDot"));
    }
    if visible_repo(state, caller, &org_name, name).is_ok() {
        return Err(errors::refusal(409));
    }
    let default_branch = match input.text("default_branch") {
        "" => "main",
        branch if is_branch(branch) => branch,
        _ => return Err(errors::message(422, "[DefaultBranch]: GitRefName")),
    };
    let description = input.text("description");
    let added = state.add_repo(org_id, name, default_branch, |repo| {
        repo.is_private = input.flag("private", false);
        description.clone_into(&mut repo.description);
    });
    let bare = added.map_err(errors::internal)?;
    let (org, repo) = visible_repo(state, caller, &org_name, name)?;
    let mut body = views::repo(state, caller, org, repo);
    if !input.flag("auto_init", false) {
        return Ok(Reply::json(201, body));
    }
    let user = state.user_by_id(caller.user).ok_or_else(errors::not_found)?;
    let author = Identity { name: user.login.clone(), email: user.email.clone() };
    let (name, description) = (repo.name.clone(), repo.description.clone());
    Ok(Reply::later(move || {
        bare.commit_readme(&name, &description, &author)?;
        body["empty"] = json!(bare.is_empty());
        Ok(Reply::json(201, body))
    }))
}

/// `PATCH /repos/{org}/{name}`: a default branch that does not exist is silently ignored.
pub(super) fn edit(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    org: &str,
    name: &str,
) -> Answer {
    let input = Input::parse(request)?;
    let (found, repo) = visible_repo(state, caller, org, name)?;
    caller.require_owner(found)?;
    let (id, org_id) = (repo.id, repo.org);
    let new = input.text("name");
    let mut old_name = None;
    if !new.is_empty() && !new.eq_ignore_ascii_case(name) {
        check_new_name(state, found, new)?;
        old_name = Some(repo.name.clone());
    }
    let branch = input.text("default_branch");
    if repo.bare.has_branch(branch) || (repo.bare.is_empty() && is_branch(branch)) {
        repo.bare.set_head(branch).map_err(errors::internal)?;
    }
    if let Some(old) = old_name {
        state.renames.add(org_id, &old, new, id);
    }
    if let Some(repo) = state.repos.iter_mut().find(|repo| repo.id == id) {
        change(repo, &input);
    }
    let org = state.org_by_id(org_id)?;
    let repo = state.repos.iter().find(|repo| repo.id == id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, views::repo(state, caller, org, repo)))
}

fn check_new_name(state: &State, org: &Org, name: &str) -> Result<(), Reply> {
    if !names::is_repository(name) {
        return Err(errors::message(422, "[Name]: AlphaDashDot"));
    }
    if state.repo_of(org, name).is_some() {
        return Err(errors::message(422, &format!("repo name is already taken [name: {name}]")));
    }
    Ok(())
}

fn change(repo: &mut Repo, input: &Input) {
    if !input.text("name").is_empty() {
        input.text("name").clone_into(&mut repo.name);
    }
    repo.is_private = input.flag("private", repo.is_private);
    repo.is_archived = input.flag("archived", repo.is_archived);
    if let Some(text) = input.member("description").and_then(Value::as_str) {
        text.clone_into(&mut repo.description);
    }
}

/// `DELETE /repos/{org}/{name}`.
pub(super) fn delete(state: &mut State, caller: &Caller, org: &str, name: &str) -> Answer {
    let (org, repo) = visible_repo(state, caller, org, name)?;
    caller.require_owner(org)?;
    let id = repo.id;
    repo.bare.remove();
    state.repos.retain(|repo| repo.id != id);
    Ok(Reply::empty(204))
}
