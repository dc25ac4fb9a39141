//! Repositories of organisations.

use serde_json::{Value, json};

use super::access::Caller;
use super::input::Input;
use super::state::{Org, Repo, State};
use super::{errors, names, orgs, paging};
use crate::wire::{Answer, Reply, Request};

impl State {
    fn repo_json(&self, caller: &Caller, org: &Org, repo: &Repo) -> Value {
        let full_name = self.full_name(repo);
        let html_url = format!("{}/{full_name}", self.url);
        let may_write = caller.is_owner(org);
        json!({
            "id": repo.id, "name": repo.name, "full_name": full_name, "description": repo.description,
            "owner": { "id": org.id, "login": org.name, "username": org.name, "full_name": org.full_name,
                       "email": "", "avatar_url": "", "visibility": org.visibility },
            "empty": repo.is_empty, "private": repo.is_private, "fork": false, "template": false,
            "mirror": false, "archived": false, "internal": false, "size": 24, "language": "",
            "html_url": html_url, "clone_url": format!("{html_url}.git"),
            "url": format!("{}/api/v1/repos/{full_name}", self.url),
            "ssh_url": format!("git@localhost:{full_name}.git"), "link": "", "website": "",
            "original_url": "", "default_branch": repo.default_branch, "stars_count": 0,
            "forks_count": 0, "watchers_count": 1, "open_issues_count": 0,
            "created_at": repo.created, "updated_at": repo.created,
            "permissions": { "admin": may_write, "push": may_write, "pull": true },
        })
    }

    /// The repository, for a caller who may see it; else 404 as if there were none.
    fn repo(&self, caller: &Caller, org: &str, name: &str) -> Result<(&Org, &Repo), Reply> {
        let org = self.org(org, caller)?;
        let mut here = self.repos.iter().filter(|repo| repo.org == org.id);
        let found = here.find(|repo| repo.name.eq_ignore_ascii_case(name));
        let repo = found.filter(|repo| caller.may_see_repo(org, repo));
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
    let id = state.add_repo(org_id, name, input.flag("private", false));
    if let Some(repo) = state.repos.iter_mut().find(|repo| repo.id == id) {
        repo.is_empty = !input.flag("auto_init", false);
        input.text("description").clone_into(&mut repo.description);
        if !input.text("default_branch").is_empty() {
            input.text("default_branch").clone_into(&mut repo.default_branch);
        }
    }
    let (org, repo) = state.repo(caller, &org_name, name)?;
    Ok(Reply::json(201, state.repo_json(caller, org, repo)))
}

/// `DELETE /repos/{org}/{name}`.
pub(super) fn delete(state: &mut State, caller: &Caller, org: &str, name: &str) -> Answer {
    let (org, repo) = state.repo(caller, org, name)?;
    orgs::owned(org, caller)?;
    let id = repo.id;
    state.repos.retain(|repo| repo.id != id);
    Ok(Reply::empty(204))
}
