//! Opening and changing issues.

use serde_json::Value;

use super::json::issue_json;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::Caller;
use crate::gitea::errors::{message, not_found};
use crate::gitea::model::{GiteaState, Issue, Repo, Right};
use crate::gitea::rules::Input;

/// `POST …/issues`: by everybody who sees the repository. Labels of somebody who may not write to it are dropped in
/// silence, and so are those that it does not have.
pub(super) fn create(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    repo: i64,
) -> ReplyResult {
    let input = Input::parse(request)?;
    let title = input.required("title", "Title")?.to_owned();
    let id = state.next_id();
    let repo = state.repo_by_id(repo)?;
    check_open(state, repo)?;
    let (now, is_writer) = (timestamp(), may_write(state, caller, repo));
    let wanted = input.member("labels").and_then(Value::as_array).into_iter().flatten();
    let known = |id: &i64| {
        state.labels.iter().any(|label| label.id == *id && label.is_in(repo.id, repo.owner))
    };
    let labels = wanted.filter_map(Value::as_i64).filter(|id| is_writer && known(id)).collect();
    let issue = Issue {
        id,
        number: repo.last_number() + 1,
        title: title.chars().take(255).collect(),
        body: input.text("body").to_owned(),
        author: caller.user,
        labels,
        created: now,
        updated: now,
        closed: input.flag("closed", false).then_some(now),
    };
    let shown = issue_json(state, caller, repo, &issue);
    repo.issues.lock().push(issue);
    Ok(Reply::json(201, shown))
}

/// `PATCH …/issues/{index}`: by its author and who may write to the repository; 201. The refusal of others has no
/// body.
pub(super) fn edit(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    repo: i64,
    number: &str,
) -> ReplyResult {
    let input = Input::parse(request)?;
    let repo = state.repo_by_id(repo)?;
    check_open(state, repo)?;
    let mut issues = repo.issues.lock();
    let issue = issues.iter_mut().find(|issue| issue.number.to_string() == number);
    let issue = issue.ok_or_else(not_found)?;
    if issue.author != caller.user && !may_write(state, caller, repo) {
        return Err(Reply::empty(403));
    }
    let now = timestamp();
    match input.text("state") {
        "" => {}
        "open" => issue.closed = None,
        "closed" => issue.closed = issue.closed.or(Some(now)),
        other => return Err(message(412, &format!("unknown state: {other}"))),
    }
    for (member, text) in [("title", &mut issue.title), ("body", &mut issue.body)] {
        if let Some(new) = input.member(member).and_then(Value::as_str) {
            new.clone_into(text);
        }
    }
    issue.updated = now;
    Ok(Reply::json(201, issue_json(state, caller, repo, issue)))
}

/// Refuses changes in an archived repository.
fn check_open(state: &GiteaState, repo: &Repo) -> Result<(), Reply> {
    if repo.is_archived {
        return Err(message(423, &format!("{} is archived", state.full_name(repo))));
    }
    Ok(())
}

fn may_write(state: &GiteaState, caller: &Caller, repo: &Repo) -> bool {
    let owner = state.owner_by_id(repo.owner);
    owner.is_some_and(|owner| caller.right_to(owner, repo) >= Right::Write)
}
