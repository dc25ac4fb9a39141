//! Issues, and the labels that they can have (Gitea 1.25).

mod change;
mod json;
mod labels;
mod list;

use self::json::all;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::{Caller, visible_repo};
use crate::gitea::errors;
use crate::gitea::model::GiteaState;

pub(super) use labels::answer_org_labels;
pub(super) use list::search;

/// Answers `/repos/{owner}/{name}/issues…` and `…/labels`; none for a route of another module.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    (owner, name): (&str, &str),
    path: &[&str],
) -> Option<ReplyResult> {
    if !matches!(path, ["issues" | "labels", ..]) {
        return None;
    }
    let repo = match visible_repo(state, caller, owner, name) {
        Ok((_, repo)) => repo.id,
        Err(refusal) => return Some(Err(refusal)),
    };
    Some(match (request.method.as_str(), path) {
        ("GET", ["issues"]) => list::list_issues(state, request, caller, repo),
        ("POST", ["issues"]) => change::create(state, request, caller, repo),
        ("GET", ["issues", number]) => show(state, caller, repo, number),
        ("PATCH", ["issues", number]) => change::edit(state, request, caller, repo, number),
        (_, ["labels"]) => labels::answer_repo_labels(state, request, caller, repo),
        _ => Err(errors::no_route()),
    })
}

/// `GET …/issues/{index}`: also of a pull request.
fn show(state: &GiteaState, caller: &Caller, repo: i64, number: &str) -> ReplyResult {
    let repo = state.repo_by_id(repo)?;
    let all = all(state, caller, repo);
    let number = number.parse::<i64>().map_err(|_| errors::not_found())?;
    let found = all.into_iter().find(|issue| issue["number"] == number);
    Ok(Reply::json(200, found.ok_or_else(errors::not_found)?))
}
