//! Lists of issues: of a repository, and of all that the caller may see.

use serde_json::Value;

use super::json::all;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::Caller;
use crate::gitea::errors::message;
use crate::gitea::model::{GiteaState, Owner, Right};
use crate::gitea::rules::paging;

/// `GET …/issues?state=open|closed|all&type=issues|pulls`: newest first; without a type both.
pub(super) fn list_issues(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    repo: i64,
) -> ReplyResult {
    let repo = state.repo_by_id(repo)?;
    let mut items = all(state, caller, repo);
    items.retain(|item| is_wanted(request, item));
    Ok(paging::page(request, &items))
}

/// `GET /repos/issues/search?state=&type=&owner=`: newest first. Without an owner it finds what is public, too,
/// whoever it belongs to. 400 for an unknown owner.
pub(crate) fn search(state: &GiteaState, request: &Request, caller: &Caller) -> ReplyResult {
    let owner = match request.query.get("owner").filter(|name| !name.is_empty()) {
        None => None,
        Some(name) => {
            let known = state.owner(name).map(Owner::id);
            Some(known.ok_or_else(|| message(400, "Owner not found"))?)
        }
    };
    let wanted = state.repos.iter().filter(|repo| owner.is_none_or(|owner| repo.owner == owner));
    let visible = wanted.filter(|repo| {
        let owner = state.owner_by_id(repo.owner);
        owner.is_some_and(|owner| caller.right_to(owner, repo) >= Right::Read)
    });
    let mut items: Vec<Value> = visible.flat_map(|repo| all(state, caller, repo)).collect();
    items.retain(|item| is_wanted(request, item));
    items.sort_by(|a, b| b["created_at"].as_str().cmp(&a["created_at"].as_str()));
    Ok::<Reply, Reply>(paging::page(request, &items))
}

fn is_wanted(request: &Request, item: &Value) -> bool {
    let is_state = match request.query.get("state").map(String::as_str) {
        Some("all") => true,
        Some("closed") => item["state"] == "closed",
        _ => item["state"] == "open",
    };
    let is_pull = item["pull_request"].is_object();
    is_state
        && match request.query.get("type").map(String::as_str) {
            Some("issues") => !is_pull,
            Some("pulls") => is_pull,
            _ => true,
        }
}
