//! Issues, and the labels that they can have (Gitea 1.25).

mod change;
mod labels;
mod list;

use serde_json::{Value, json};

use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::auth::{Caller, visible_repo};
use crate::gitea::errors;
use crate::gitea::model::{Issue, Merge, Pull, Repo, State};
use crate::gitea::views;

pub(super) use labels::of_org;
pub(super) use list::search;

/// Answers `/repos/{owner}/{name}/issues…` and `…/labels`; none for a route of another module.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    (owner, name): (&str, &str),
    path: &[&str],
) -> Option<Answer> {
    if !matches!(path, ["issues" | "labels", ..]) {
        return None;
    }
    let repo = match visible_repo(state, caller, owner, name) {
        Ok((_, repo)) => repo.id,
        Err(refusal) => return Some(Err(refusal)),
    };
    Some(match (request.method.as_str(), path) {
        ("GET", ["issues"]) => list::of_repo(state, request, caller, repo),
        ("POST", ["issues"]) => change::create(state, request, caller, repo),
        ("GET", ["issues", number]) => show(state, caller, repo, number),
        ("PATCH", ["issues", number]) => change::edit(state, request, caller, repo, number),
        (_, ["labels"]) => labels::of_repo(state, request, caller, repo),
        _ => Err(errors::no_route()),
    })
}

/// `GET …/issues/{index}`: also of a pull request.
fn show(state: &State, caller: &Caller, repo: i64, number: &str) -> Answer {
    let repo = state.repo_by_id(repo)?;
    let all = all(state, caller, repo);
    let number = number.parse::<i64>().map_err(|_| errors::not_found())?;
    let found = all.into_iter().find(|issue| issue["number"] == number);
    Ok(Reply::json(200, found.ok_or_else(errors::not_found)?))
}

/// Shows the issues and pull requests of a repository, newest first.
fn all(state: &State, caller: &Caller, repo: &Repo) -> Vec<Value> {
    let issues: Vec<_> =
        repo.issues.lock().iter().map(|one| issue_json(state, caller, repo, one)).collect();
    let pulls = repo.pulls.lock().iter().map(|one| pull_json(state, repo, one)).collect::<Vec<_>>();
    let mut all: Vec<_> = issues.into_iter().chain(pulls).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one["number"].as_i64()));
    all
}

fn issue_json(state: &State, caller: &Caller, repo: &Repo, issue: &Issue) -> Value {
    let author = state.user_by_id(issue.author);
    let of_issue = state.labels.iter().filter(|label| issue.labels.contains(&label.id));
    let labels: Vec<_> = of_issue.map(|label| labels::label_json(state, label)).collect();
    let mut shown = common_json(state, repo, issue.number, "issues");
    shown["id"] = json!(issue.id);
    shown["title"] = json!(issue.title);
    shown["body"] = json!(issue.body);
    shown["user"] = author.map_or(Value::Null, |author| views::user_for(state, caller, author));
    shown["labels"] = json!(labels);
    shown["state"] = json!(if issue.closed.is_some() { "closed" } else { "open" });
    shown["created_at"] = json!(issue.created);
    shown["updated_at"] = json!(issue.updated);
    shown["closed_at"] = json!(issue.closed);
    shown
}

fn pull_json(state: &State, repo: &Repo, pull: &Pull) -> Value {
    let merged = pull.merge.as_ref();
    let merged_at = merged.map(|merge: &Merge| merge.at);
    let mut shown = common_json(state, repo, pull.number, "pulls");
    shown["id"] = json!((repo.id << 20) + pull.number);
    shown["title"] = json!(pull.title);
    shown["body"] = json!(pull.body);
    shown["user"] = pull.user.clone();
    shown["state"] = json!(if merged.is_some() { "closed" } else { "open" });
    shown["created_at"] = json!(pull.created);
    shown["updated_at"] = json!(merged_at.unwrap_or(pull.created));
    shown["closed_at"] = json!(merged_at);
    shown["pull_request"] = json!({ "merged": merged.is_some(), "merged_at": merged_at,
                                    "draft": false, "html_url": shown["html_url"] });
    shown
}

/// Shows what issues and pull requests have in common.
fn common_json(state: &State, repo: &Repo, number: i64, kind: &str) -> Value {
    let full_name = state.full_name(repo);
    let owner = full_name.split('/').next().unwrap_or_default();
    json!({
        "number": number,
        "url": format!("{}/api/v1/repos/{full_name}/issues/{number}", state.url),
        "html_url": format!("{}/{full_name}/{kind}/{number}", state.url),
        "original_author": "", "original_author_id": 0, "ref": "", "assets": [], "labels": [],
        "milestone": null, "assignee": null, "assignees": null, "is_locked": false, "comments": 0,
        "due_date": null, "time_estimate": 0, "pull_request": null, "pin_order": 0,
        "repository": { "id": repo.id, "name": repo.name, "owner": owner, "full_name": full_name },
    })
}
