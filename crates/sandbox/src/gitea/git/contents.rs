//! `GET …/contents`: files and folders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::errors;
use super::clean;
use super::links::encoded;
use super::site::Site;
use super::tree::Entry;
use crate::wire::{Answer, Reply, Request};

/// `GET /repos/{owner}/{repo}/contents[/{path}]?ref=`: one file, or what a folder holds.
pub(super) fn show(site: &Site, request: &Request, path: &str) -> Answer {
    let reference = match request.query.get("ref").map(|text| text.trim()) {
        None | Some("") => site.bare.default_branch(),
        Some(reference) => reference.to_owned(),
    };
    let commit = site.bare.commit_of(&reference)?.ok_or_else(errors::not_found)?;
    if path.is_empty() {
        return folder(site, &reference, &commit, "");
    }
    let found = if clean::is_path(path) { site.bare.entry(&commit, path)? } else { None };
    match found {
        None => Err(errors::not_found()),
        Some(entry) if entry.kind == "tree" => folder(site, &reference, &commit, path),
        Some(entry) => Ok(Reply::json(200, file_json(site, &reference, &commit, &entry)?)),
    }
}

fn folder(site: &Site, reference: &str, commit: &str, path: &str) -> Answer {
    let entries = site.bare.folder(commit, path)?;
    let items: Result<Vec<_>, _> =
        entries.iter().map(|entry| entry_json(site, reference, commit, entry)).collect();
    Ok(Reply::json(200, Value::Array(items?)))
}

/// A file with its content; of a link where it leads.
pub(super) fn file_json(
    site: &Site,
    reference: &str,
    commit: &str,
    entry: &Entry,
) -> Result<Value, Reply> {
    let mut body = entry_json(site, reference, commit, entry)?;
    match entry.type_text() {
        "file" => {
            body["encoding"] = json!("base64");
            body["content"] = json!(STANDARD.encode(site.bare.blob(&entry.hash)?));
        }
        "symlink" => body["target"] = json!(site.bare.link(&entry.hash)?),
        _ => {}
    }
    Ok(body)
}

/// What lists show of it: no content.
fn entry_json(site: &Site, reference: &str, commit: &str, entry: &Entry) -> Result<Value, Reply> {
    let (path, shown) = (encoded(&entry.path), encoded(reference));
    let kind = match site.bare.branch(reference) {
        Some(_) => "branch",
        None if clean::is_hash(reference) => "commit",
        None => "tag",
    };
    let url = format!("{}/contents/{path}?ref={shown}", site.api);
    let html_url = format!("{}/src/{kind}/{shown}/{path}", site.web);
    let objects = if entry.kind == "tree" { "trees" } else { "blobs" };
    let git_url = format!("{}/git/{objects}/{}", site.api, entry.hash);
    let download = format!("{}/raw/{kind}/{shown}/{path}", site.web);
    let last = site.bare.history(commit, Some(&entry.path), 0, 1)?.pop();
    let last = |pick: fn(&super::log::Told) -> &str| last.as_ref().map(pick);
    Ok(json!({
        "name": entry.name(), "path": entry.path, "sha": entry.hash, "type": entry.type_text(),
        "size": entry.size, "encoding": null, "content": null, "target": null,
        "last_commit_sha": last(|told| &told.hash),
        "last_committer_date": last(|told| &told.committer[2]),
        "last_author_date": last(|told| &told.author[2]),
        "url": url, "html_url": html_url, "git_url": git_url,
        "download_url": (entry.kind == "blob").then_some(download), "submodule_git_url": null,
        "_links": { "self": url, "git": git_url, "html": html_url },
    }))
}
