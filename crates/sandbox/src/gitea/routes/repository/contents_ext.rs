//! `file-contents` and `contents-ext` of Gitea 1.25: several files at once, and chosen parts of one.

use serde_json::{Value, json};

use super::contents::{at, entry_json, file_json, missing_path};
use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::{self, invalid};
use crate::gitea::repository::safe_git_names;
use crate::gitea::rules::Input;

/// The maximum number of files of an answer: `DEFAULT_PAGING_NUM`. Others are left out in silence (seen with 1.25.2).
const MOST: usize = 30;

/// `GET …/file-contents?body={"files":[…]}&ref=`, or `POST` with that body: null for a path without a
/// file.
pub(super) fn several(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let files = match request.query.get("body") {
        Some(body) => serde_json::from_str::<Value>(body).ok().map(|body| body["files"].clone()),
        None => Input::parse(request)?.member("files").cloned(),
    };
    let Some(Value::Array(files)) = files else { return Err(errors::missing_field("Files")) };
    let (reference, commit) = at(context, request)?;
    let one = |path: &Value| {
        let path = path.as_str().filter(|path| safe_git_names::is_path(path)).unwrap_or_default();
        let entry = if path.is_empty() { None } else { context.bare.entry(&commit, path)? };
        match entry.filter(|entry| entry.kind != "tree") {
            Some(entry) => file_json(context, &reference, &commit, &entry),
            None => Ok(Value::Null),
        }
    };
    let shown: Result<Vec<_>, _> = files.iter().take(MOST).map(one).collect();
    Ok(Reply::json(200, Value::Array(shown?)))
}

/// `GET …/contents-ext/{path}?includes=&ref=`: of a file `file_contents`, of a folder `dir_contents`.
pub(super) fn extended(context: &Context, request: &Request, path: &str) -> ReplyResult {
    let included = request.query.get("includes").map_or("", String::as_str);
    let wants = |name: &str| included.split(',').any(|part| part == name);
    let known = ["file_content", "lfs_metadata", "commit_metadata", "commit_message"];
    if let Some(other) = included.split(',').find(|part| !part.is_empty() && !known.contains(part))
    {
        return Err(invalid(&format!("unknown include option: {other}")));
    }
    let (reference, commit) = at(context, request)?;
    let shown = |mut body: Value| {
        if let Some(members) = body.as_object_mut().filter(|_| !wants("commit_metadata")) {
            members.retain(|name, _| !name.starts_with("last_"));
        }
        body
    };
    let path = path.trim_end_matches('/');
    let entry = match path {
        "" => None,
        path if safe_git_names::is_path(path) => context.bare.entry(&commit, path)?,
        _ => return Err(missing_path("GetContentsOrList", "", path)),
    };
    match entry {
        None if !path.is_empty() => Err(missing_path("GetContentsOrList", "", path)),
        Some(entry) if entry.kind != "tree" => {
            let show = if wants("file_content") { file_json } else { entry_json };
            let body = show(context, &reference, &commit, &entry)?;
            Ok(Reply::json(200, json!({ "file_contents": shown(body) })))
        }
        _ => {
            let entries = context.bare.folder(&commit, path)?;
            let items = entries
                .iter()
                .map(|entry| entry_json(context, &reference, &commit, entry).map(shown));
            let items: Result<Vec<_>, _> = items.collect();
            Ok(Reply::json(200, json!({ "dir_contents": items? })))
        }
    }
}
