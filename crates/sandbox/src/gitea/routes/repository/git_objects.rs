//! `/repos/{owner}/{repo}/git/…`: trees, blobs and commits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::commits::commit_json;
use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors;
use crate::gitea::repository::{TreeEntry, safe_git_names};

/// The maximum number of entries of a page: `DEFAULT_GIT_TREES_PER_PAGE`.
const PER_PAGE: usize = 1_000;
/// The largest blob whose content is answered, in bytes: `DEFAULT_MAX_BLOB_SIZE`.
const MAX_BLOB: i64 = 10 << 20;

/// Returns the part of a path after `git/{kind}/`.
fn object(tail: &str) -> &str {
    tail.split_once('/').map_or("", |(_, name)| name)
}

/// `GET …/git/trees/{sha}?recursive=&page=&per_page=`: of a commit, a tree, a branch or a tag, which wins over a
/// branch of its name; 400 if none exists.
pub(super) fn tree(context: &Context, request: &Request, tail: &str) -> ReplyResult {
    let name = object(tail);
    let unknown = || errors::message(400, &format!("sha not found [{name}]"));
    let found = context.bare.tree_of(name)?.ok_or_else(unknown)?;
    let is_deep = request.query.contains_key("recursive") && request.is_on("recursive");
    let all = context.bare.whole_tree(&found, is_deep)?;
    let limit = request.number("per_page").filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(PER_PAGE).min(PER_PAGE);
    let page = request.number("page").unwrap_or(1).max(1);
    let first = (page - 1).saturating_mul(limit);
    let items: Vec<_> =
        all.iter().skip(first).take(limit).map(|entry| entry_json(context, entry)).collect();
    let is_cut = first + items.len() < all.len();
    // An image of a Go slice without elements.
    let items = if items.is_empty() { Value::Null } else { Value::Array(items) };
    let body = json!({
        "sha": name_of(context, name, &found), "url": format!("{}/git/trees/{found}", context.api_url),
        "tree": items, "truncated": is_cut, "page": page, "total_count": all.len(),
    });
    Ok(Reply::json(200, body).header("X-Total-Count", &all.len()))
}

/// Returns the hash in an answer about a tree: the commit's, if a commit was requested.
fn name_of(context: &Context, name: &str, tree: &str) -> String {
    let commit = context.bare.commit_of(name).ok().flatten();
    commit.unwrap_or_else(|| tree.to_owned())
}

fn entry_json(context: &Context, entry: &TreeEntry) -> Value {
    let kind = if entry.kind == "tree" { "trees" } else { "blobs" };
    let url = match entry.kind.as_str() {
        "commit" => String::new(),
        _ => format!("{}/git/{kind}/{}", context.api_url, entry.hash),
    };
    json!({ "path": entry.path, "mode": entry.mode, "type": entry.kind, "size": entry.size,
            "sha": entry.hash, "url": url })
}

/// `GET …/git/blobs/{sha}`: without content above 10 MiB.
pub(super) fn blob(context: &Context, _: &Request, tail: &str) -> ReplyResult {
    let sha = object(tail);
    let size = if safe_git_names::is_hash(sha) { context.bare.blob_size(sha)? } else { None };
    let size = size.ok_or_else(|| {
        errors::message(400, &format!("object does not exist [id: {sha}, rel_path: ]"))
    })?;
    let encoded =
        if size > MAX_BLOB { Value::Null } else { json!(STANDARD.encode(context.bare.blob(sha)?)) };
    Ok(Reply::json(
        200,
        json!({ "sha": sha, "size": size, "encoding": "base64", "content": encoded,
                "url": format!("{}/git/blobs/{sha}", context.api_url) }),
    ))
}

/// `GET …/git/commits/{sha}`.
pub(super) fn commit(context: &Context, _: &Request, tail: &str) -> ReplyResult {
    let name = object(tail);
    let unknown = || errors::missing_object(&format!("commit doesn't exist: {name}"), &Value::Null);
    let commit = context.bare.commit_of(name)?.ok_or_else(unknown)?;
    let info = context.bare.commit_info(&commit)?.ok_or_else(unknown)?;
    let mut body = commit_json(context, &info);
    body["files"] = json!([]);
    body["stats"] = json!({ "total": 0, "additions": 0, "deletions": 0 });
    Ok(Reply::json(200, body))
}
