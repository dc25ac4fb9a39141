//! The simulated Gitea's own endpoints below `/__sandbox/`.

use serde_json::{Value, json};

use super::errors;
use super::model::{GiteaState, Owner, Repo};
use super::repository::{Commit, FileChange, Identity};
use crate::core::request_types::{Reply, ReplyResult};

/// Answers a request for one of them; none for another.
pub(super) fn answer(
    state: &GiteaState,
    method: &str,
    endpoint: &str,
    body: &[u8],
) -> Option<Reply> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let answer = match (method, endpoint) {
        ("GET", "deliveries") => {
            Ok(Reply::json(200, json!({ "deliveries": state.deliveries.list() })))
        }
        ("POST", "deliveries") => {
            let uuid = body["uuid"].as_str().unwrap_or_default();
            let is_known = state.deliveries.repeat(uuid, &state.settings);
            if is_known { Ok(Reply::empty(204)) } else { Err(errors::not_found()) }
        }
        ("POST", "edits") => edit(state, &body),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Commits as the page does that edits a file: by the first owner of the organisation.
fn edit(state: &GiteaState, body: &Value) -> ReplyResult {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let (owner, repo) = find(state, text("repo")).ok_or_else(errors::not_found)?;
    let user = match owner {
        Owner::User(user) => Some(user),
        Owner::Org(org) => org.owners().first().and_then(|id| state.user_by_id(*id)),
    };
    let user = user.ok_or_else(errors::not_found)?;
    let who = Identity { name: user.login.clone(), email: user.email.clone() };
    let bare = repo.bare.with_listener(state.listener(owner, repo, user));
    let or = |text: &str, other: String| if text.is_empty() { other } else { text.to_owned() };
    let branch = or(text("branch"), bare.default_branch());
    let content = body["content"].as_str();
    let content = content.map(|text| ("100644".to_owned(), text.as_bytes().to_vec()));
    let change =
        content.map(|content| FileChange { path: text("path").to_owned(), content: Some(content) });
    let commit = bare.commit(&Commit {
        parent: bare.branch(&branch),
        branch,
        message: or(text("message"), format!("Update {}", text("path"))),
        author: who.clone(),
        committer: who,
        changes: change.into_iter().collect(),
    })?;
    Ok(Reply::json(201, json!({ "commit": commit })))
}

fn find<'a>(state: &'a GiteaState, name: &str) -> Option<(Owner<'a>, &'a Repo)> {
    let (owner, name) = name.split_once('/')?;
    let owner = state.owner(owner)?;
    Some((owner, state.repo_of(owner.id(), name)?))
}
