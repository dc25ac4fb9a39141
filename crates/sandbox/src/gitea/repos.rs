//! Repositories of organisations.

use serde_json::{Value, json};

use super::access::Caller;
use super::git::{self, Who};
use super::input::Input;
use super::state::{Org, Repo, State};
use super::{errors, names, orgs, paging};
use crate::wire::{Answer, Reply, Request};

impl State {
    pub(super) fn repo_json(&self, caller: &Caller, org: &Org, repo: &Repo) -> Value {
        let full_name = self.full_name(repo);
        let html_url = format!("{}/{full_name}", self.url);
        let may_write = caller.is_owner(org);
        json!({
            "id": repo.id, "name": repo.name, "full_name": full_name, "description": repo.description,
            "owner": { "id": org.id, "login": org.name, "username": org.name, "full_name": org.full_name,
                       "email": "", "avatar_url": "", "visibility": org.visibility },
            "empty": repo.bare.is_empty(), "private": repo.is_private, "fork": false, "template": false,
            "mirror": false, "archived": repo.is_archived, "internal": false, "size": 24, "language": "",
            "html_url": html_url, "clone_url": format!("{html_url}.git"),
            "url": format!("{}/api/v1/repos/{full_name}", self.url),
            "ssh_url": format!("git@localhost:{full_name}.git"), "link": "", "website": "",
            "original_url": "", "default_branch": repo.bare.default_branch(), "stars_count": 0,
            "forks_count": 0, "watchers_count": 1, "open_issues_count": 0,
            "created_at": repo.created, "updated_at": repo.created,
            "allow_merge_commits": true, "allow_squash_merge": true, "allow_rebase": false,
            "allow_rebase_explicit": false, "allow_fast_forward_only_merge": false,
            "object_format_name": "sha1",
            "permissions": { "admin": may_write, "push": may_write, "pull": true },
        })
    }

    /// The repository, for a caller who may see it; else 404 as if there were none.
    pub(super) fn repo(
        &self,
        caller: &Caller,
        org: &str,
        name: &str,
    ) -> Result<(&Org, &Repo), Reply> {
        let org = self.org(org, caller)?;
        let repo = self.repo_of(org, name).filter(|repo| caller.may_see_repo(org, repo));
        Ok((org, repo.ok_or_else(errors::not_found)?))
    }
}

/// `GET /repos/{org}/{name}`.
pub(super) fn show(state: &State, caller: &Caller, org: &str, name: &str) -> Answer {
    let (org, repo) = state.repo(caller, org, name)?;
    Ok(Reply::json(200, state.repo_json(caller, org, repo)))
}

/// `GET /orgs/{org}/repos`.
pub(super) fn list(state: &State, request: &Request, caller: &Caller, org: &str) -> Answer {
    let org = state.org(org, caller)?;
    let here = state.repos.iter().filter(|repo| repo.org == org.id);
    let seen = here.filter(|repo| caller.may_see_repo(org, repo));
    Ok(paging::page(
        request,
        &seen.map(|repo| state.repo_json(caller, org, repo)).collect::<Vec<_>>(),
    ))
}

/// `POST /orgs/{org}/repos`: public unless told; without `auto_init` it has no branch.
pub(super) fn create(state: &mut State, request: &Request, caller: &Caller, org: &str) -> Answer {
    let input = Input::of(request)?;
    let found = state.org(org, caller)?;
    orgs::owned(found, caller)?;
    let (org_name, org_id) = (found.name.clone(), found.id);
    let name = input.required("name", "Name")?;
    if !names::is_repository(name) {
        return Err(errors::message(422, "[Name]: AlphaDashDot"));
    }
    if state.repo(caller, &org_name, name).is_ok() {
        return Err(errors::refusal(409));
    }
    let default_branch = match input.text("default_branch") {
        "" => "main",
        branch if git::is_branch(branch) => branch,
        _ => return Err(errors::message(422, "[DefaultBranch]: GitRefName")),
    };
    let description = input.text("description");
    let made = state.add_repo(org_id, name, default_branch, |repo| {
        repo.is_private = input.flag("private", false);
        description.clone_into(&mut repo.description);
    });
    let bare = made.map_err(|error| errors::message(500, &error.to_string()))?;
    let (org, repo) = state.repo(caller, &org_name, name)?;
    let mut body = state.repo_json(caller, org, repo);
    if !input.flag("auto_init", false) {
        return Ok(Reply::json(201, body));
    }
    let user = state.users.iter().find(|user| user.id == caller.user);
    let who = user.map(|user| Who { name: user.login.clone(), email: user.email.clone() });
    let who = who.ok_or_else(errors::not_found)?;
    let (name, description) = (repo.name.clone(), repo.description.clone());
    Ok(Reply::later(move || {
        bare.begin(&name, &description, &who)?;
        body["empty"] = json!(bare.is_empty());
        Ok(Reply::json(201, body))
    }))
}

/// `PATCH /repos/{org}/{name}`. A default branch that is not there is passed over in silence.
pub(super) fn edit(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    org: &str,
    name: &str,
) -> Answer {
    let input = Input::of(request)?;
    let (found, repo) = state.repo(caller, org, name)?;
    orgs::owned(found, caller)?;
    let (id, org_id) = (repo.id, repo.org);
    let new = input.text("name");
    if !new.is_empty() && !new.eq_ignore_ascii_case(name) {
        check_new_name(state, found, new)?;
    }
    let branch = input.text("default_branch");
    if repo.bare.has_branch(branch) || (repo.bare.is_empty() && git::is_branch(branch)) {
        let set = repo.bare.set_head(branch);
        set.map_err(|error| errors::message(500, &error.to_string()))?;
    }
    if let Some(repo) = state.repos.iter_mut().find(|repo| repo.id == id) {
        change(repo, &input);
    }
    let org = state.orgs.iter().find(|org| org.id == org_id).ok_or_else(errors::not_found)?;
    let repo = state.repos.iter().find(|repo| repo.id == id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, state.repo_json(caller, org, repo)))
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
    let (org, repo) = state.repo(caller, org, name)?;
    orgs::owned(org, caller)?;
    let id = repo.id;
    repo.bare.remove();
    state.repos.retain(|repo| repo.id != id);
    Ok(Reply::empty(204))
}
