//! `POST /repos/{owner}/{name}/generate`: a repository with the files of another one that is a template.

use serde_json::json;

use super::repos::check_new;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, visible_org, visible_repo};
use crate::gitea::errors::{self, invalid};
use crate::gitea::model::{GiteaState, Owner};
use crate::gitea::repository::{BareRepository, Commit, FileChange, Identity};
use crate::gitea::rules::Input;

/// The items of a template that a request may name.
const ITEMS: [&str; 7] =
    ["git_content", "topics", "git_hooks", "webhooks", "avatar", "labels", "protected_branch"];

/// Generates a repository of an organisation, or of the caller's own: all files of the template's default
/// branch in one commit.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    (owner, template): (&str, &str),
) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("name", "Name")?;
    let new_owner = input.required("owner", "Owner")?;
    let (_, template) = visible_repo(state, caller, owner, template)?;
    if !template.is_template {
        return Err(invalid("this is not a template repo"));
    }
    if !ITEMS.iter().any(|item| input.flag(item, false)) {
        return Err(invalid("must select at least one template item"));
    }
    let source = template.bare.clone();
    let owner_id = place(state, caller, new_owner)?;
    check_new(state, owner_id, name)?;
    let default_branch = match input.text("default_branch") {
        "" => source.default_branch(),
        branch => branch.to_owned(),
    };
    let (is_private, description) = (input.flag("private", false), input.text("description"));
    let added = state.add_repo(owner_id, name, &default_branch, |repo| {
        repo.is_private = is_private;
        description.clone_into(&mut repo.description);
    });
    let bare = added.map_err(errors::internal)?;
    let repo = state.repo_of(owner_id, name).ok_or_else(errors::not_found)?;
    let found = state.owner_by_id(owner_id).ok_or_else(errors::not_found)?;
    let mut body = answer_json::repo(state, caller, found, repo);
    let user = state.user_by_id(caller.user).ok_or_else(errors::not_found)?;
    let author = Identity { name: user.login.clone(), email: user.email.clone() };
    let has_files = input.flag("git_content", false);
    Ok(Reply::later(move || {
        if has_files {
            copy(&source, &bare, default_branch, &author)?;
        }
        body["empty"] = json!(bare.is_empty());
        Ok(Reply::json(201, body))
    }))
}

/// Returns the id of the owner, in whose place the caller may create repositories.
fn place(state: &GiteaState, caller: &Caller, owner: &str) -> Result<i64, Reply> {
    match state.owner(owner).ok_or_else(errors::not_found)? {
        Owner::User(user) if user.id == caller.user || caller.is_admin => Ok(user.id),
        Owner::User(_) => Err(errors::refusal(403)),
        Owner::Org(org) => {
            let org = visible_org(state, caller, &org.name)?;
            if caller.is_admin || org.may_create_repos(caller.user) {
                return Ok(org.id);
            }
            let text = "Given user is not allowed to create repository in organization.";
            Err(errors::message(403, text))
        }
    }
}

/// Commits the files of a repository's default branch to another one.
fn copy(
    from: &BareRepository,
    to: &BareRepository,
    branch: String,
    author: &Identity,
) -> Result<(), Reply> {
    let Some(commit) = from.branch(&from.default_branch()) else { return Ok(()) };
    let mut changes = Vec::new();
    for entry in from.files(&commit)? {
        let content = Some((entry.mode, from.blob(&entry.hash)?));
        changes.push(FileChange { path: entry.path, content });
    }
    let message = "Initial commit".to_owned();
    let (author, committer, parent) = (author.clone(), author.clone(), None);
    to.commit(&Commit { branch, parent, message, author, committer, changes }).map(drop)
}
