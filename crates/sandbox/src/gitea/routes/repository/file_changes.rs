//! `POST`, `PUT` and `DELETE /repos/{owner}/{repo}/contents/{path}`: one file, one commit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::commits::file_commit_json;
use super::contents::file_json;
use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::{self, invalid};
use crate::gitea::repository::{Commit, FileChange, Identity, TreeEntry, safe_git_names};
use crate::gitea::rules::Input;

/// `POST`: 201; 422 when the path exists.
pub(super) fn create(context: &Context, request: &Request, path: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    create_file(context, &input, path)
}

/// `PUT`: with `sha` changes the file that has that hash, without creates one.
pub(super) fn update(context: &Context, request: &Request, path: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    if input.text("sha").is_empty() {
        return create_file(context, &input, path);
    }
    let bytes = decode_content(&input)?;
    let target = Target::new(context, &input)?;
    let from = if input.text("from_path").is_empty() { path } else { input.text("from_path") };
    let found = target.existing_file(context, from, &input)?;
    target.check_free(context, path, (from == path).then_some(path))?;
    let mut changes =
        vec![FileChange { path: path.to_owned(), content: Some((found.mode, bytes)) }];
    if from != path {
        changes.insert(0, FileChange { path: from.to_owned(), content: None });
    }
    let commit = target.commit(context, &input, &format!("Update {path}"), changes)?;
    answer(context, 200, &target, &commit, Some(path))
}

/// `DELETE`: needs `sha`.
pub(super) fn delete(context: &Context, request: &Request, path: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    input.required("sha", "SHA")?;
    let target = Target::new(context, &input)?;
    target.existing_file(context, path, &input)?;
    let changes = vec![FileChange { path: path.to_owned(), content: None }];
    let commit = target.commit(context, &input, &format!("Delete {path}"), changes)?;
    answer(context, 200, &target, &commit, None)
}

fn create_file(context: &Context, input: &Input, path: &str) -> ReplyResult {
    let bytes = decode_content(input)?;
    let target = Target::new(context, input)?;
    target.check_free(context, path, None)?;
    let new_file = Some(("100644".to_owned(), bytes));
    let changes = vec![FileChange { path: path.to_owned(), content: new_file }];
    let commit = target.commit(context, input, &format!("Add {path}"), changes)?;
    answer(context, 201, &target, &commit, Some(path))
}

fn decode_content(input: &Input) -> Result<Vec<u8>, Reply> {
    let decoded = STANDARD.decode(input.text("content"));
    decoded.map_err(|_| invalid("illegal base64 data at input byte 0"))
}

/// Where a change is committed.
pub(super) struct Target {
    /// The branch that gets the commit.
    branch: String,
    /// The commit's parent; none in an empty repository.
    parent: Option<String>,
}

impl Target {
    pub(super) fn new(context: &Context, input: &Input) -> Result<Self, Reply> {
        let or = |text: &str, other: String| if text.is_empty() { other } else { text.to_owned() };
        let old = or(input.text("branch"), context.bare.default_branch());
        let branch = or(input.text("new_branch"), old.clone());
        let parent = context.bare.branch(&old);
        if parent.is_none() && !context.bare.is_empty() {
            return Err(errors::not_found());
        }
        if branch != old && context.bare.branch(&branch).is_some() {
            return Err(invalid(&format!("branch already exists [name: {branch}]")));
        }
        if !context.may_commit(&branch) {
            let user = context.identity().name;
            let text = format!("user cannot commit to repo [user: {user}]");
            return Err(errors::message(403, &text));
        }
        Ok(Self { branch, parent })
    }

    /// Returns the branch that gets the commit.
    pub(super) fn branch(&self) -> &str {
        &self.branch
    }

    /// Returns the file at a path.
    pub(super) fn present(
        &self,
        context: &Context,
        path: &str,
    ) -> Result<Option<TreeEntry>, Reply> {
        let Some(parent) = &self.parent else { return Ok(None) };
        Ok(context.bare.entry(parent, path)?.filter(|entry| entry.kind == "blob"))
    }

    /// Returns the file at a path, if it has the hash that the caller gives.
    fn existing_file(
        &self,
        context: &Context,
        path: &str,
        input: &Input,
    ) -> Result<TreeEntry, Reply> {
        let parent = self.parent.as_ref().ok_or_else(errors::not_found)?;
        let found =
            if safe_git_names::is_path(path) { context.bare.entry(parent, path)? } else { None };
        let found = found.filter(|entry| entry.kind == "blob").ok_or_else(errors::not_found)?;
        let given = input.text("sha");
        if found.hash != given {
            let current = found.hash;
            let text = format!("sha does not match [given: {given}, expected: {current}]");
            return Err(invalid(&text));
        }
        Ok(found)
    }

    /// Refuses a path that exists, unless it is `replaced`, or that leads through a file.
    pub(super) fn check_free(
        &self,
        context: &Context,
        path: &str,
        replaced: Option<&str>,
    ) -> Result<(), Reply> {
        if !safe_git_names::is_path(path) {
            return Err(invalid(&format!(
                "path contains a malformed path component [path: {path}]"
            )));
        }
        let Some(parent) = &self.parent else { return Ok(()) };
        for entry in context.bare.entries_along(parent, path)? {
            let text = match (entry.path == path, entry.type_text()) {
                (false, "dir") => continue,
                (true, "file") if replaced == Some(path) => continue,
                (true, "file") => format!("repository file already exists [path: {path}]"),
                (true, kind) => format!("a {kind} exists where you’re trying to create a file"),
                (false, kind) => {
                    format!("a {kind} exists where you’re trying to create a subdirectory")
                }
            };
            return Err(invalid(&text));
        }
        Ok(())
    }

    pub(super) fn commit(
        &self,
        context: &Context,
        input: &Input,
        message: &str,
        changes: Vec<FileChange>,
    ) -> Result<String, Reply> {
        let given = input.text("message").trim();
        let author = person(input, "author").or_else(|| person(input, "committer"));
        let author = author.unwrap_or_else(|| context.identity());
        let commit = Commit {
            branch: self.branch.clone(),
            parent: self.parent.clone(),
            message: if given.is_empty() { message } else { given }.to_owned(),
            committer: person(input, "committer").unwrap_or_else(|| author.clone()),
            author,
            changes,
        };
        context.bare.commit(&commit)
    }
}

/// Returns the author or committer that the body names, with name and address.
fn person(input: &Input, role: &str) -> Option<Identity> {
    let member = |name: &str| {
        let text = input.member(role)?.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Some(Identity { name: member("name")?, email: member("email")? })
}

/// Shows that a commit is not signed.
pub(super) fn verification() -> Value {
    json!({ "verified": false, "reason": "gpg.error.not_signed_commit", "signature": "",
            "signer": null, "payload": "" })
}

/// Answers with the commit, and with the file unless it was deleted.
fn answer(
    context: &Context,
    status: u16,
    target: &Target,
    commit: &str,
    path: Option<&str>,
) -> ReplyResult {
    let file = match path {
        Some(path) => {
            let entry = context.bare.entry(commit, path)?.ok_or_else(errors::not_found)?;
            file_json(context, &target.branch, commit, &entry)?
        }
        None => Value::Null,
    };
    let info = context.bare.commit_info(commit)?.ok_or_else(errors::not_found)?;
    Ok(Reply::json(
        status,
        json!({ "content": file, "commit": file_commit_json(context, &info), "verification": verification() }),
    ))
}
