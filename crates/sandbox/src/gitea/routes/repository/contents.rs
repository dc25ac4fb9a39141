//! `GET /repos/{owner}/{repo}/contents`: files and folders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::job_state_copy::Context;
use crate::core::request_types::{Body, Reply, ReplyResult, Request};
use crate::gitea::answer_json::encode_path;
use crate::gitea::errors;
use crate::gitea::repository::{CommitInfo, TreeEntry, safe_git_names};

/// `GET …/contents[/{path}]?ref=`: a file, or the entries of a folder.
pub(super) fn show(context: &Context, request: &Request, path: &str) -> ReplyResult {
    let (reference, commit) = at(context, request)?;
    if path.is_empty() {
        return folder(context, &reference, &commit, "");
    }
    let found =
        if safe_git_names::is_path(path) { context.bare.entry(&commit, path)? } else { None };
    match found {
        None => Err(missing_path("GetContentsOrList", "", path)),
        Some(entry) if entry.kind == "tree" => folder(context, &reference, &commit, path),
        Some(entry) => Ok(Reply::json(200, file_json(context, &reference, &commit, &entry)?)),
    }
}

/// Returns the reference that a request names, else the default branch, and its commit.
pub(super) fn at(context: &Context, request: &Request) -> Result<(String, String), Reply> {
    let named = request.query.get("ref").map(|text| text.trim()).filter(|text| !text.is_empty());
    let reference = named.map_or_else(|| context.bare.default_branch(), str::to_owned);
    let commit = context.bare.commit_of(&reference)?;
    let commit = commit.ok_or_else(|| missing_path("not found", &reference, ""))?;
    Ok((reference, commit))
}

/// Returns the 404 of a path or reference without an object.
pub(super) fn missing_path(message: &str, id: &str, path: &str) -> Reply {
    let text = format!("object does not exist [id: {id}, rel_path: {path}]");
    errors::missing_object(message, &json!([text]))
}

/// `GET …/raw/{path}?ref=`: a file's bytes.
pub(super) fn raw(context: &Context, request: &Request, path: &str) -> ReplyResult {
    let reference = request.query.get("ref").filter(|text| !text.is_empty()).cloned();
    let reference = reference.unwrap_or_else(|| context.bare.default_branch());
    let commit = context.bare.commit_of(&reference)?.ok_or_else(errors::not_found)?;
    let found =
        if safe_git_names::is_path(path) { context.bare.entry(&commit, path)? } else { None };
    let entry = found.filter(|entry| entry.kind == "blob").ok_or_else(errors::not_found)?;
    let bytes = context.bare.blob(&entry.hash)?;
    let kind = "text/plain; charset=utf-8".to_owned();
    Ok(Reply { status: 200, headers: Vec::new(), body: Body::Bytes(kind, bytes) })
}

fn folder(context: &Context, reference: &str, commit: &str, path: &str) -> ReplyResult {
    let entries = context.bare.folder(commit, path)?;
    let items: Result<Vec<_>, _> =
        entries.iter().map(|entry| entry_json(context, reference, commit, entry)).collect();
    Ok(Reply::json(200, Value::Array(items?)))
}

/// Shows a file with its content, or a link with its target.
pub(super) fn file_json(
    context: &Context,
    reference: &str,
    commit: &str,
    entry: &TreeEntry,
) -> Result<Value, Reply> {
    let mut body = entry_json(context, reference, commit, entry)?;
    match entry.type_text() {
        "file" => {
            body["encoding"] = json!("base64");
            body["content"] = json!(STANDARD.encode(context.bare.blob(&entry.hash)?));
        }
        "symlink" => body["target"] = json!(context.bare.link(&entry.hash)?),
        _ => {}
    }
    Ok(body)
}

/// Shows an entry without its content, as lists do.
pub(super) fn entry_json(
    context: &Context,
    reference: &str,
    commit: &str,
    entry: &TreeEntry,
) -> Result<Value, Reply> {
    let (path, shown) = (encode_path(&entry.path), encode_path(reference));
    let kind = match context.bare.branch(reference) {
        Some(_) => "branch",
        None if safe_git_names::is_hash(reference) => "commit",
        None => "tag",
    };
    let url = format!("{}/contents/{path}?ref={shown}", context.api_url);
    let html_url = format!("{}/src/{kind}/{shown}/{path}", context.html_url);
    let objects = if entry.kind == "tree" { "trees" } else { "blobs" };
    let git_url = format!("{}/git/{objects}/{}", context.api_url, entry.hash);
    let download = format!("{}/raw/{kind}/{shown}/{path}", context.html_url);
    let last = context.bare.history(commit, Some(&entry.path), 0, 1)?.pop();
    let last = |pick: fn(&CommitInfo) -> &str| last.as_ref().map(pick);
    Ok(json!({
        "name": entry.name(), "path": entry.path, "sha": entry.hash, "type": entry.type_text(),
        "size": entry.size, "encoding": null, "content": null, "target": null,
        "last_commit_sha": last(|info| &info.hash),
        "last_committer_date": last(|info| &info.committer[2]),
        "last_author_date": last(|info| &info.author[2]),
        "url": url, "html_url": html_url, "git_url": git_url,
        "download_url": (entry.kind == "blob").then_some(download), "submodule_git_url": null,
        "_links": { "self": url, "git": git_url, "html": html_url },
    }))
}
