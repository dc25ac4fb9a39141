//! Repositories: created, listed, changed and deleted.

use serde_json::{Value, json};

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, visible_org, visible_repo};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Repo, Right};
use crate::gitea::repository::Identity;
use crate::gitea::repository::safe_git_names::is_branch;
use crate::gitea::rules::{Input, names, paging};

/// `GET /repos/{owner}/{name}`.
pub(super) fn show(state: &GiteaState, caller: &Caller, owner: &str, name: &str) -> ReplyResult {
    let (owner, repo) = visible_repo(state, caller, owner, name)?;
    Ok(Reply::json(200, answer_json::repo(state, caller, owner, repo)))
}

/// `GET /repositories/{id}`.
pub(super) fn numbered(state: &GiteaState, caller: &Caller, id: &str) -> ReplyResult {
    let repo = state.repo_by_id(id.parse().map_err(|_| errors::not_found())?)?;
    let owner = state.owner_by_id(repo.owner).ok_or_else(errors::not_found)?;
    if caller.right_to(owner, repo) < Right::Read {
        return Err(errors::not_found());
    }
    Ok(Reply::json(200, answer_json::repo(state, caller, owner, repo)))
}

/// `GET /orgs/{org}/repos`.
pub(super) fn list(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    org: &str,
) -> ReplyResult {
    let org = visible_org(state, caller, org)?.id;
    Ok(paging::page(request, &visible(state, caller, |repo| repo.owner == org)))
}

/// `GET /users/{name}/repos`.
pub(super) fn of_user(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> ReplyResult {
    let user = state.user(name)?.id;
    Ok(paging::page(request, &visible(state, caller, |repo| repo.owner == user)))
}

/// `GET /repos/search?q=`.
pub(super) fn search(state: &GiteaState, request: &Request, caller: &Caller) -> Reply {
    let wanted = request.query.get("q").map(|text| text.to_lowercase()).unwrap_or_default();
    let all = visible(state, caller, |repo| repo.name.to_lowercase().contains(&wanted));
    let (total, (page, limit)) = (all.len(), paging::requested(request));
    let items: Vec<_> =
        all.into_iter().skip((page - 1).saturating_mul(limit)).take(limit).collect();
    paging::with_headers(request, Reply::json(200, json!({ "ok": true, "data": items })), total)
}

fn visible(state: &GiteaState, caller: &Caller, wanted: impl Fn(&Repo) -> bool) -> Vec<Value> {
    let here = state.repos.iter().filter(|repo| wanted(repo));
    here.filter_map(|repo| {
        let owner = state.owner_by_id(repo.owner)?;
        let is_visible = caller.right_to(owner, repo) >= Right::Read;
        is_visible.then(|| answer_json::repo(state, caller, owner, repo))
    })
    .collect()
}

/// Creates a repository of an owner in whose place the caller may: public by default; without
/// `auto_init` it has no branch.
pub(super) fn create(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    owner_id: i64,
    owner: &str,
) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("name", "Name")?;
    check_new(state, owner_id, name)?;
    let default_branch = match input.text("default_branch") {
        "" => "main",
        branch if is_branch(branch) => branch,
        _ => return Err(errors::message(422, "[DefaultBranch]: GitRefName")),
    };
    let description = input.text("description");
    let added = state.add_repo(owner_id, name, default_branch, |repo| {
        repo.is_private = input.flag("private", false);
        repo.is_template = input.flag("template", false);
        description.clone_into(&mut repo.description);
    });
    let bare = added.map_err(errors::internal)?;
    let repo = state.repo_of(owner_id, name).ok_or_else(errors::not_found)?;
    let found = state.owner(owner).ok_or_else(errors::not_found)?;
    let mut body = answer_json::repo(state, caller, found, repo);
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

/// Refuses a name that a new repository of an owner can't have.
pub(super) fn check_new(state: &GiteaState, owner: i64, name: &str) -> Result<(), Reply> {
    check_format(name)?;
    match state.repo_of(owner, name) {
        Some(_) => Err(errors::refusal(409)),
        None => Ok(()),
    }
}

/// Refuses what can't be a repository's name, as Gitea does: `..` is a 500.
fn check_format(name: &str) -> Result<(), Reply> {
    if matches!(name, "." | ".." | "-") {
        return Err(errors::refusal(500));
    }
    if let Some(end) = names::reserved_suffix(name) {
        let text = format!("name pattern is not allowed [pattern: *{end}]");
        return Err(errors::message(422, &text));
    }
    if !names::is_repository(name) {
        let rule = if name.len() > 100 { "MaxSize" } else { "AlphaDashDot" };
        return Err(errors::message(422, &format!("[Name]: {rule}")));
    }
    Ok(())
}

/// `PATCH /repos/{owner}/{name}`: a default branch that does not exist is silently ignored. The old
/// name of a renamed repository leads to the new one.
pub(super) fn edit(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    owner: &str,
    name: &str,
) -> ReplyResult {
    let input = Input::parse(request)?;
    let (found, repo) = visible_repo(state, caller, owner, name)?;
    caller.require_right(found, repo, Right::Admin)?;
    let (id, owner_id, old) = (repo.id, repo.owner, repo.name.clone());
    let new = input.text("name");
    let is_renamed = !new.is_empty() && !new.eq_ignore_ascii_case(&old);
    if is_renamed {
        check_format(new)?;
        if state.repo_of(owner_id, new).is_some() {
            return Err(errors::message(422, &format!("repo name is already taken [name: {new}]")));
        }
    }
    let branch = input.text("default_branch");
    if repo.bare.has_branch(branch) || (repo.bare.is_empty() && is_branch(branch)) {
        repo.bare.set_head(branch).map_err(errors::internal)?;
    }
    change(state.repo_by_id_mut(id)?, &input);
    if is_renamed {
        state.redirects.take(Some(owner_id), new);
        state.redirects.add(Some(owner_id), &old, id);
    }
    let (repo, owner) = (state.repo_by_id(id)?, state.owner_by_id(owner_id));
    let owner = owner.ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, answer_json::repo(state, caller, owner, repo)))
}

fn change(repo: &mut Repo, input: &Input) {
    if !input.text("name").is_empty() {
        input.text("name").clone_into(&mut repo.name);
    }
    repo.is_private = input.flag("private", repo.is_private);
    repo.is_archived = input.flag("archived", repo.is_archived);
    repo.is_template = input.flag("template", repo.is_template);
    if let Some(text) = input.member("description").and_then(Value::as_str) {
        text.clone_into(&mut repo.description);
    }
}

/// `DELETE /repos/{owner}/{name}`.
pub(super) fn delete(
    state: &mut GiteaState,
    caller: &Caller,
    owner: &str,
    name: &str,
) -> ReplyResult {
    let (owner, repo) = visible_repo(state, caller, owner, name)?;
    caller.require_right(owner, repo, Right::Admin)?;
    let id = repo.id;
    state.remove_repo(id);
    Ok(Reply::empty(204))
}
