//! `/repos/{owner}/{repo}/pulls`: pull requests between the branches of one repository.

use serde_json::{Value, json};

use super::job_state_copy::Context;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::{invalid, message, not_found};
use crate::gitea::model::{Merge, Pull};
use crate::gitea::rules::{Input, paging};

/// Returns the pull request that a path names by its number.
fn find<'a>(pulls: &'a mut [Pull], tail: &str) -> Result<&'a mut Pull, Reply> {
    let number = tail.split('/').next().and_then(|text| text.parse::<i64>().ok());
    pulls.iter_mut().find(|pull| Some(pull.number) == number).ok_or_else(not_found)
}

fn pull_json(context: &Context, pull: &Pull) -> Result<Value, Reply> {
    let tip = |branch: &str, known: &str| match pull.merge {
        None => context.bare.branch(branch).unwrap_or_else(|| known.to_owned()),
        Some(_) => known.to_owned(),
    };
    let (head, base) = (tip(&pull.head, &pull.head_commit), tip(&pull.base, &pull.base_commit));
    let mergeable = pull.merge.is_none() && context.bare.merged_tree(&base, &head)?.is_some();
    let branch_json = |branch: &str, commit: &str| {
        json!({ "label": branch, "ref": branch, "sha": commit, "repo_id": context.repo["id"],
                "repo": context.repo })
    };
    let merge = |pick: fn(&Merge) -> Value| pull.merge.as_ref().map(pick);
    let (url, number) = (format!("{}/pulls/{}", context.html_url, pull.number), pull.number);
    let updated = pull.merge.as_ref().map_or(pull.created, |merge| merge.at);
    Ok(json!({
        // The number is unique in the repository, the id in the instance.
        "id": (context.repo["id"].as_i64().unwrap_or(0) << 20) + number, "number": number,
        "url": url, "html_url": url, "diff_url": format!("{url}.diff"),
        "patch_url": format!("{url}.patch"), "title": pull.title, "body": pull.body,
        "state": if pull.merge.is_some() { "closed" } else { "open" }, "user": pull.user,
        "head": branch_json(&pull.head, &head), "base": branch_json(&pull.base, &base),
        "merge_base": context.bare.merge_base(&base, &head)?, "mergeable": mergeable,
        "merged": pull.merge.is_some(), "merge_commit_sha": merge(|one| json!(one.commit)),
        "merged_by": merge(|one| one.by.clone()), "merged_at": merge(|one| json!(one.at)),
        "closed_at": merge(|one| json!(one.at)), "created_at": pull.created,
        "updated_at": updated, "draft": false, "is_locked": false, "comments": 0, "labels": [],
    }))
}

/// `GET …/pulls?state=open|closed|all`: newest first.
pub(super) fn list(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let pulls = context.pulls.lock();
    let state = request.query.get("state").map_or("open", String::as_str);
    let wanted = |pull: &&Pull| match state {
        "all" => true,
        "closed" => pull.merge.is_some(),
        _ => pull.merge.is_none(),
    };
    let items: Result<Vec<_>, _> =
        pulls.iter().rev().filter(wanted).map(|pull| pull_json(context, pull)).collect();
    Ok(paging::page(request, &items?))
}

/// `GET …/pulls/{index}`.
pub(super) fn show(context: &Context, _: &Request, tail: &str) -> ReplyResult {
    let mut pulls = context.pulls.lock();
    Ok(Reply::json(200, pull_json(context, find(&mut pulls, tail)?)?))
}

/// `POST …/pulls`: 409 while there is an open one of the same branches.
pub(super) fn create(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let (head, base) = (input.text("head"), input.required("base", "Base")?);
    // `owner:branch` is a branch of a fork, or with the same owner of this repository.
    let owner = context.repo["owner"]["login"].as_str().unwrap_or_default();
    let head = head.strip_prefix(owner).and_then(|rest| rest.strip_prefix(':')).unwrap_or(head);
    let title = input.required("title", "Title")?;
    if head == base {
        return Err(invalid(
            "Invalid PullRequest: There are no changes between the head and the base",
        ));
    }
    let tip = |branch: &str| context.bare.branch(branch).ok_or_else(not_found);
    let (head_commit, base_commit) = (tip(head)?, tip(base)?);
    let mut pulls = context.pulls.lock();
    let same = |pull: &Pull| pull.merge.is_none() && pull.head == head && pull.base == base;
    if pulls.iter().any(same) {
        return Err(message(409, "pull request already exists for these targets"));
    }
    let last = pulls.iter().map(|pull| pull.number).max().unwrap_or(0);
    let pull = Pull {
        number: last.max(context.issues.last_number()) + 1,
        title: title.to_owned(),
        body: input.text("body").to_owned(),
        head: head.to_owned(),
        base: base.to_owned(),
        head_commit,
        base_commit,
        user: context.caller.clone(),
        created: timestamp(),
        merge: None,
    };
    let body = pull_json(context, &pull)?;
    pulls.push(pull);
    Ok(Reply::json(201, body))
}

/// `GET …/pulls/{index}/merge`: 204 when it is merged, else 404.
pub(super) fn is_merged(context: &Context, _: &Request, tail: &str) -> ReplyResult {
    match find(&mut context.pulls.lock(), tail)?.merge {
        Some(_) => Ok(Reply::empty(204)),
        None => Err(not_found()),
    }
}

/// `POST …/pulls/{index}/merge`: by a merge commit, or squashed; the other styles are disabled.
pub(super) fn merge(context: &Context, request: &Request, tail: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    // Go reads member names in either case: the form has `Do`, its description `do`.
    let style = ["Do", "do"].map(|member| input.text(member)).concat();
    match style.as_str() {
        "merge" | "squash" => {}
        "rebase" | "rebase-merge" | "fast-forward-only" | "manually-merged" => {
            return Err(message(405, "merge style is not allowed for this repository"));
        }
        _ => return Err(invalid("[Do]: In")),
    }
    let mut pulls = context.pulls.lock();
    let pull = find(&mut pulls, tail)?;
    if pull.merge.is_some() {
        return Err(message(405, "The PR is already merged"));
    }
    let tip = |branch: &str| context.bare.branch(branch).ok_or_else(not_found);
    let (head, base) = (tip(&pull.head)?, tip(&pull.base)?);
    let expected = input.text("head_commit_id");
    if !expected.is_empty() && expected != head {
        return Err(message(409, "head out of date"));
    }
    let tree = context.bare.merged_tree(&base, &head)?;
    let tree = tree.ok_or_else(|| message(409, "merge conflict"))?;
    let parents = [base.as_str(), &head];
    let parents = if style == "merge" { &parents[..] } else { &parents[..1] };
    let message = merge_message(pull, &style, &input);
    let commit = context.bare.advance(&pull.base, &tree, parents, &message, &context.identity())?;
    if input.flag("delete_branch_after_merge", false) && pull.head != context.bare.default_branch()
    {
        context.bare.delete_branch(&pull.head, &head)?;
    }
    (pull.head_commit, pull.base_commit) = (head, base);
    pull.merge = Some(Merge { commit, by: context.caller.clone(), at: timestamp() });
    Ok(Reply::empty(200))
}

/// Returns the message of the merge: the caller's, else Gitea's own.
fn merge_message(pull: &Pull, style: &str, input: &Input) -> String {
    let given = |names: [&str; 2]| names.map(|name| input.text(name)).concat();
    let title = given(["MergeTitleField", "merge_title_field"]);
    let body = given(["MergeMessageField", "merge_message_field"]);
    let (subject, number) = (&pull.title, pull.number);
    let title = match (title.as_str(), style) {
        ("", "squash") => format!("{subject} (#{number})"),
        ("", _) => {
            format!(
                "Merge pull request '{subject}' (#{number}) from {} into {}",
                pull.head, pull.base
            )
        }
        (title, _) => title.to_owned(),
    };
    format!("{title}\n\n{body}").trim().to_owned()
}
