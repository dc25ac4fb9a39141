//! `POST /repos/{owner}/{repo}/contents`: several files in one commit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::commits::file_commit_json;
use super::contents::file_json;
use super::file_changes::{Target, verification};
use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::{self, invalid};
use crate::gitea::repository::{FileChange, TreeEntry, safe_git_names};
use crate::gitea::rules::Input;

/// The maximum number of files that an answer shows (Gitea 1.25.2 leaves out the others in silence).
const SHOWN: usize = 30;

/// Commits the operations `create`, `update`, `upload` and `delete`, also as the first commit of an
/// empty repository; without any, an empty commit.
pub(super) fn change(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let files = input.member("files").and_then(Value::as_array).cloned();
    let files = files.ok_or_else(|| errors::missing_field("Files"))?;
    let target = Target::new(context, &input)?;
    let mut changes = Vec::new();
    for file in &files {
        changes.extend(read_operation(context, &target, file)?);
    }
    let kept: Vec<_> = changes
        .iter()
        .filter(|change| change.content.is_some())
        .map(|change| change.path.clone())
        .collect();
    let commit = target.commit(context, &input, "", changes)?;
    let mut shown = Vec::new();
    for path in kept.iter().take(SHOWN) {
        let entry = context.bare.entry(&commit, path)?.ok_or_else(errors::not_found)?;
        shown.push(file_json(context, target.branch(), &commit, &entry)?);
    }
    let info = context.bare.commit_info(&commit)?.ok_or_else(errors::not_found)?;
    let shown = if shown.is_empty() { Value::Null } else { Value::Array(shown) };
    let commit = file_commit_json(context, &info);
    Ok(Reply::json(
        201,
        json!({ "files": shown, "commit": commit, "verification": verification() }),
    ))
}

/// Reads one operation, which is two changes if it moves a file. A path out of the tree is a 500, one into
/// `.git` a 422. The `sha` is that of the file at `from_path`, or else at `path`.
fn read_operation(
    context: &Context,
    target: &Target,
    file: &Value,
) -> Result<Vec<FileChange>, Reply> {
    let text = |name: &str| file[name].as_str().unwrap_or_default();
    let path = text("path");
    let from = if text("from_path").is_empty() { path } else { text("from_path") };
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(errors::refusal(500));
    }
    if !safe_git_names::is_path(path) {
        return Err(invalid(&format!("path contains a malformed path component [path: {path}]")));
    }
    let absent = || {
        let text = format!("object does not exist [id: , rel_path: {path}]");
        errors::message(404, &text)
    };
    let present = target.present(context, from)?;
    let is_other = |there: &TreeEntry| !text("sha").is_empty() && there.hash != text("sha");
    if present.as_ref().is_some_and(is_other) {
        return Err(invalid("sha does not match"));
    }
    let mode = present.as_ref().map_or_else(|| "100644".to_owned(), |there| there.mode.clone());
    match (text("operation"), present) {
        ("delete", Some(_)) => {
            return Ok(vec![FileChange { path: path.to_owned(), content: None }]);
        }
        ("delete" | "update", None) => return Err(absent()),
        ("create", Some(_)) => {
            let text = format!("repository file already exists [path: {path}]");
            return Err(invalid(&text));
        }
        ("create", None) => target.check_free(context, path, None)?,
        ("update" | "upload", _) => {
            target.check_free(context, path, (from == path).then_some(path))?;
        }
        _ => return Err(invalid("[Operation]: In")),
    }
    let bytes = STANDARD.decode(text("content"));
    let bytes = bytes.map_err(|_| invalid("illegal base64 data at input byte 0"))?;
    let gone = (from != path).then(|| FileChange { path: from.to_owned(), content: None });
    let written = FileChange { path: path.to_owned(), content: Some((mode, bytes)) };
    Ok(gone.into_iter().chain([written]).collect())
}
