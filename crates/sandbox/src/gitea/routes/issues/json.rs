//! Issues and pull requests as answers show them.

use serde_json::{Value, json};

use super::labels::label_json;
use crate::gitea::answer_json;
use crate::gitea::auth::Caller;
use crate::gitea::model::{GiteaState, Issue, Merge, Pull, Repo};

/// Shows the issues and pull requests of a repository, newest first.
pub(super) fn all(state: &GiteaState, caller: &Caller, repo: &Repo) -> Vec<Value> {
    let issues: Vec<_> =
        repo.issues.lock().iter().map(|one| issue_json(state, caller, repo, one)).collect();
    let pulls = repo.pulls.lock().iter().map(|one| pull_json(state, repo, one)).collect::<Vec<_>>();
    let mut all: Vec<_> = issues.into_iter().chain(pulls).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one["number"].as_i64()));
    all
}

/// Shows an issue.
pub(super) fn issue_json(state: &GiteaState, caller: &Caller, repo: &Repo, issue: &Issue) -> Value {
    let author = state.user_by_id(issue.author);
    let of_issue = state.labels.iter().filter(|label| issue.labels.contains(&label.id));
    let labels: Vec<_> = of_issue.map(|label| label_json(state, label)).collect();
    let mut shown = common_json(state, repo, issue.number, "issues");
    shown["id"] = json!(issue.id);
    shown["title"] = json!(issue.title);
    shown["body"] = json!(issue.body);
    shown["user"] =
        author.map_or(Value::Null, |author| answer_json::user_for(state, caller, author));
    shown["labels"] = json!(labels);
    shown["state"] = json!(if issue.closed.is_some() { "closed" } else { "open" });
    shown["created_at"] = json!(issue.created);
    shown["updated_at"] = json!(issue.updated);
    shown["closed_at"] = json!(issue.closed);
    shown
}

fn pull_json(state: &GiteaState, repo: &Repo, pull: &Pull) -> Value {
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
fn common_json(state: &GiteaState, repo: &Repo, number: i64, kind: &str) -> Value {
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
