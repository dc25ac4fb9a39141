//! Pull requests between the branches of one repository.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use super::super::errors::{message, not_found};
use super::super::input::Input;
use super::super::paging;
use super::errors::invalid;
use super::site::Site;
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// A repository's pull requests, by number from 1.
#[derive(Clone, Default)]
pub(in crate::gitea) struct Pulls(Arc<Mutex<Vec<Pull>>>);

struct Pull {
    number: i64,
    title: String,
    body: String,
    head: String,
    base: String,
    /// The tips when it was made, for when the branches are gone.
    head_commit: String,
    base_commit: String,
    user: Value,
    created: Timestamp,
    merged: Option<Merged>,
}

struct Merged {
    commit: String,
    by: Value,
    at: Timestamp,
}

impl Pulls {
    fn lock(&self) -> MutexGuard<'_, Vec<Pull>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that a path names by its number, and where it is in the list.
fn found<'a>(pulls: &'a mut [Pull], tail: &str) -> Result<&'a mut Pull, Reply> {
    let number = tail.split('/').next().and_then(|text| text.parse::<i64>().ok());
    pulls.iter_mut().find(|pull| Some(pull.number) == number).ok_or_else(not_found)
}

fn json(site: &Site, pull: &Pull) -> Result<Value, Reply> {
    let tip = |branch: &str, known: &str| match pull.merged {
        None => site.bare.branch(branch).unwrap_or_else(|| known.to_owned()),
        Some(_) => known.to_owned(),
    };
    let (head, base) = (tip(&pull.head, &pull.head_commit), tip(&pull.base, &pull.base_commit));
    let mergeable = pull.merged.is_none() && site.bare.merged_tree(&base, &head)?.is_some();
    let branch_json = |branch: &str, commit: &str| {
        json!({ "label": branch, "ref": branch, "sha": commit, "repo_id": site.repo["id"],
                "repo": site.repo })
    };
    let merged = |pick: fn(&Merged) -> Value| pull.merged.as_ref().map(pick);
    let (url, number) = (format!("{}/pulls/{}", site.web, pull.number), pull.number);
    let updated = pull.merged.as_ref().map_or(pull.created, |merged| merged.at);
    Ok(json!({
        // Numbers of pull requests and issues are the repository's own, ids are the instance's.
        "id": (site.repo["id"].as_i64().unwrap_or(0) << 20) + number, "number": number,
        "url": url, "html_url": url, "diff_url": format!("{url}.diff"),
        "patch_url": format!("{url}.patch"), "title": pull.title, "body": pull.body,
        "state": if pull.merged.is_some() { "closed" } else { "open" }, "user": pull.user,
        "head": branch_json(&pull.head, &head), "base": branch_json(&pull.base, &base),
        "merge_base": site.bare.merge_base(&base, &head)?, "mergeable": mergeable,
        "merged": pull.merged.is_some(), "merge_commit_sha": merged(|one| json!(one.commit)),
        "merged_by": merged(|one| one.by.clone()), "merged_at": merged(|one| json!(one.at)),
        "closed_at": merged(|one| json!(one.at)), "created_at": pull.created,
        "updated_at": updated, "draft": false, "is_locked": false, "comments": 0, "labels": [],
    }))
}

/// `GET …/pulls?state=open|closed|all`: newest first.
pub(super) fn list(site: &Site, request: &Request, _: &str) -> Answer {
    let pulls = site.pulls.lock();
    let state = request.query.get("state").map_or("open", String::as_str);
    let wanted = |pull: &&Pull| match state {
        "all" => true,
        "closed" => pull.merged.is_some(),
        _ => pull.merged.is_none(),
    };
    let items: Result<Vec<_>, _> =
        pulls.iter().rev().filter(wanted).map(|pull| json(site, pull)).collect();
    Ok(paging::page(request, &items?))
}

/// `GET …/pulls/{index}`.
pub(super) fn show(site: &Site, _: &Request, tail: &str) -> Answer {
    let mut pulls = site.pulls.lock();
    Ok(Reply::json(200, json(site, found(&mut pulls, tail)?)?))
}

/// `POST …/pulls`: 409 while there is one of the same branches.
pub(super) fn create(site: &Site, request: &Request, _: &str) -> Answer {
    let input = Input::of(request)?;
    let (head, base) = (input.text("head"), input.required("base", "Base")?);
    // `owner:branch` is a branch of a fork; of the same owner it is this repository.
    let owner = site.repo["owner"]["login"].as_str().unwrap_or_default();
    let head = head.strip_prefix(owner).and_then(|rest| rest.strip_prefix(':')).unwrap_or(head);
    let title = input.required("title", "Title")?;
    if head == base {
        return Err(invalid(
            "Invalid PullRequest: There are no changes between the head and the base",
        ));
    }
    let tip = |branch: &str| site.bare.branch(branch).ok_or_else(not_found);
    let (head_commit, base_commit) = (tip(head)?, tip(base)?);
    let mut pulls = site.pulls.lock();
    let same = |pull: &Pull| pull.merged.is_none() && pull.head == head && pull.base == base;
    if pulls.iter().any(same) {
        return Err(message(409, "pull request already exists for these targets"));
    }
    let pull = Pull {
        number: i64::try_from(pulls.len()).unwrap_or(i64::MAX - 1) + 1,
        title: title.to_owned(),
        body: input.text("body").to_owned(),
        head: head.to_owned(),
        base: base.to_owned(),
        head_commit,
        base_commit,
        user: site.doer.clone(),
        created: random::now(),
        merged: None,
    };
    let body = json(site, &pull)?;
    pulls.push(pull);
    Ok(Reply::json(201, body))
}

/// `GET …/pulls/{index}/merge`: 204 when it is merged, else 404.
pub(super) fn is_merged(site: &Site, _: &Request, tail: &str) -> Answer {
    match found(&mut site.pulls.lock(), tail)?.merged {
        Some(_) => Ok(Reply::empty(204)),
        None => Err(not_found()),
    }
}

/// `POST …/pulls/{index}/merge`: by a merge commit, or squashed; the other styles are off here.
pub(super) fn merge(site: &Site, request: &Request, tail: &str) -> Answer {
    let input = Input::of(request)?;
    // Go reads member names in either case; the form has `Do`, its description `do`.
    let style = ["Do", "do"].map(|member| input.text(member)).concat();
    match style.as_str() {
        "merge" | "squash" => {}
        "rebase" | "rebase-merge" | "fast-forward-only" | "manually-merged" => {
            return Err(message(405, "merge style is not allowed for this repository"));
        }
        _ => return Err(invalid("[Do]: In")),
    }
    let mut pulls = site.pulls.lock();
    let pull = found(&mut pulls, tail)?;
    if pull.merged.is_some() {
        return Err(message(405, "The PR is already merged"));
    }
    let tip = |branch: &str| site.bare.branch(branch).ok_or_else(not_found);
    let (head, base) = (tip(&pull.head)?, tip(&pull.base)?);
    let expected = input.text("head_commit_id");
    if !expected.is_empty() && expected != head {
        return Err(message(409, "head out of date"));
    }
    let tree = site.bare.merged_tree(&base, &head)?;
    let tree = tree.ok_or_else(|| message(409, "merge conflict"))?;
    let parents = [base.as_str(), &head];
    let parents = if style == "merge" { &parents[..] } else { &parents[..1] };
    let commit =
        site.bare.advance(&pull.base, &tree, parents, &text(pull, &style, &input), &site.who())?;
    if input.flag("delete_branch_after_merge", false) && pull.head != site.bare.default_branch() {
        site.bare.read(["update-ref", "-d", &format!("refs/heads/{}", pull.head), &head])?;
    }
    (pull.head_commit, pull.base_commit) = (head, base);
    pull.merged = Some(Merged { commit, by: site.doer.clone(), at: random::now() });
    Ok(Reply::empty(200))
}

/// The message of the merge: the caller's, else Gitea's own.
fn text(pull: &Pull, style: &str, input: &Input) -> String {
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
