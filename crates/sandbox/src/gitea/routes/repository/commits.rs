//! `/repos/{owner}/{repo}/commits`, and how answers show a commit.

use serde_json::{Value, json};

use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors;
use crate::gitea::repository::CommitInfo;
use crate::gitea::rules::paging;

fn person(fields: &[String; 3]) -> Value {
    json!({ "name": fields[0], "email": fields[1], "date": fields[2] })
}

fn parents(context: &Context, info: &CommitInfo) -> Value {
    info.parents
        .iter()
        .map(|hash| context.object_json("commits", hash, &info.committer[2]))
        .collect()
}

/// Shows the commit of a changed file.
pub(super) fn file_commit_json(context: &Context, info: &CommitInfo) -> Value {
    json!({
        "url": format!("{}/git/commits/{}", context.api_url, info.hash), "sha": info.hash,
        "created": info.committer[2], "html_url": format!("{}/commit/{}", context.html_url, info.hash),
        "author": person(&info.author), "committer": person(&info.committer),
        "parents": parents(context, info), "message": info.message,
        "tree": context.object_json("trees", &info.tree, &info.committer[2]),
    })
}

/// Shows the tip of a branch.
pub(super) fn branch_commit_json(context: &Context, info: &CommitInfo) -> Value {
    let person = |fields: &[String; 3]| {
        let user = context.user_by_email(&fields[1]);
        json!({ "name": fields[0], "email": fields[1],
                "username": user["login"].as_str().unwrap_or_default() })
    };
    json!({
        "id": info.hash, "message": info.message, "url": format!("{}/commit/{}", context.html_url, info.hash),
        "author": person(&info.author), "committer": person(&info.committer),
        "verification": null, "timestamp": info.committer[2], "added": null, "removed": null,
        "modified": null,
    })
}

pub(super) fn commit_json(context: &Context, info: &CommitInfo) -> Value {
    let url = format!("{}/git/commits/{}", context.api_url, info.hash);
    json!({
        "url": url, "sha": info.hash, "created": info.committer[2],
        "html_url": format!("{}/commit/{}", context.html_url, info.hash),
        "commit": {
            "url": url, "author": person(&info.author), "committer": person(&info.committer),
            "message": info.message, "tree": context.object_json("trees", &info.tree, &info.committer[2]),
            "verification": null,
        },
        "author": context.user_by_email(&info.author[1]), "committer": context.user_by_email(&info.committer[1]),
        "parents": parents(context, info), "files": null, "stats": null,
    })
}

/// `GET /repos/{owner}/{repo}/commits?sha=&path=`: newest first. Gitea 1.25 answers an unknown `sha` with 404 and `null`.
pub(super) fn list(context: &Context, request: &Request, _: &str) -> ReplyResult {
    if context.bare.is_empty() {
        return Err(errors::empty_repository());
    }
    let text = |name| request.query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let from = text("sha").map_or_else(|| context.bare.default_branch(), str::to_owned);
    let from = context.bare.commit_of(&from)?.ok_or_else(|| Reply::json(404, Value::Null))?;
    let path = text("path");
    let (page, limit) = paging::requested(request);
    let commits = context.bare.history(&from, path, (page - 1).saturating_mul(limit), limit)?;
    let total = context.bare.count(&from, path)?;
    let items = commits.iter().map(|info| commit_json(context, info)).collect();
    Ok(paging::with_headers(request, Reply::json(200, Value::Array(items)), total))
}
