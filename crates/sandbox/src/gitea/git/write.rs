//! `POST`, `PUT` and `DELETE …/contents/{path}`: one file, one commit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::errors;
use super::super::input::Input;
use super::commits::file_commit_json;
use super::contents::file_json;
use super::errors::invalid;
use super::site::Site;
use super::tree::Entry;
use super::{Change, Commit, Who, clean};
use crate::wire::{Answer, Reply, Request};

/// `POST`: 201; 422 when there is something.
pub(super) fn create(site: &Site, request: &Request, path: &str) -> Answer {
    let input = Input::of(request)?;
    put(site, &input, path)
}

/// `PUT`: with `sha` it changes what has that hash, without it creates.
pub(super) fn update(site: &Site, request: &Request, path: &str) -> Answer {
    let input = Input::of(request)?;
    if input.text("sha").is_empty() {
        return put(site, &input, path);
    }
    let content = content(&input)?;
    let place = Place::of(site, &input)?;
    let from = if input.text("from_path").is_empty() { path } else { input.text("from_path") };
    let found = place.known(site, from, &input)?;
    place.check_free(site, path, (from == path).then_some(path))?;
    let mut changes = vec![Change { path: path.to_owned(), content: Some((found.mode, content)) }];
    if from != path {
        changes.insert(0, Change { path: from.to_owned(), content: None });
    }
    let commit = place.commit(site, &input, &format!("Update {path}"), changes)?;
    answer(site, 200, &place, &commit, Some(path))
}

/// `DELETE`: with `sha`.
pub(super) fn delete(site: &Site, request: &Request, path: &str) -> Answer {
    let input = Input::of(request)?;
    input.required("sha", "SHA")?;
    let place = Place::of(site, &input)?;
    place.known(site, path, &input)?;
    let changes = vec![Change { path: path.to_owned(), content: None }];
    let commit = place.commit(site, &input, &format!("Delete {path}"), changes)?;
    answer(site, 200, &place, &commit, None)
}

fn put(site: &Site, input: &Input, path: &str) -> Answer {
    let content = content(input)?;
    let place = Place::of(site, input)?;
    place.check_free(site, path, None)?;
    let content = Some(("100644".to_owned(), content));
    let changes = vec![Change { path: path.to_owned(), content }];
    let commit = place.commit(site, input, &format!("Add {path}"), changes)?;
    answer(site, 201, &place, &commit, Some(path))
}

fn content(input: &Input) -> Result<Vec<u8>, Reply> {
    let decoded = STANDARD.decode(input.text("content"));
    decoded.map_err(|_| invalid("illegal base64 data"))
}

/// Where a change goes.
struct Place {
    /// The branch that gets the commit.
    branch: String,
    /// What it follows; none in an empty repository.
    parent: Option<String>,
}

impl Place {
    fn of(site: &Site, input: &Input) -> Result<Self, Reply> {
        let or = |text: &str, other: String| if text.is_empty() { other } else { text.to_owned() };
        let old = or(input.text("branch"), site.bare.default_branch());
        let branch = or(input.text("new_branch"), old.clone());
        let parent = site.bare.branch(&old);
        if parent.is_none() && !site.bare.is_empty() {
            return Err(errors::not_found());
        }
        if branch != old && site.bare.branch(&branch).is_some() {
            return Err(invalid(&format!("branch already exists [name: {branch}]")));
        }
        Ok(Self { branch, parent })
    }

    /// What is at a path, if it has the hash that the caller believes it has.
    fn known(&self, site: &Site, path: &str, input: &Input) -> Result<Entry, Reply> {
        let parent = self.parent.as_ref().ok_or_else(errors::not_found)?;
        let found = if clean::is_path(path) { site.bare.entry(parent, path)? } else { None };
        let found = found.filter(|entry| entry.kind == "blob").ok_or_else(errors::not_found)?;
        let given = input.text("sha");
        if found.hash != given {
            let current = found.hash;
            let text = format!("sha does not match [given: {given}, expected: {current}]");
            return Err(invalid(&text));
        }
        Ok(found)
    }

    /// Refuses a path at which, or on whose way, something stands but `known`.
    fn check_free(&self, site: &Site, path: &str, known: Option<&str>) -> Result<(), Reply> {
        if !clean::is_path(path) {
            return Err(invalid(&format!(
                "path contains a malformed path component [path: {path}]"
            )));
        }
        let Some(parent) = &self.parent else { return Ok(()) };
        for entry in site.bare.entries_along(parent, path)? {
            let text = match (entry.path == path, entry.type_text()) {
                (false, "dir") => continue,
                (true, "file") if known == Some(path) => continue,
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

    fn commit(
        &self,
        site: &Site,
        input: &Input,
        message: &str,
        changes: Vec<Change>,
    ) -> Result<String, Reply> {
        let given = input.text("message").trim();
        let author = person(input, "author").or_else(|| person(input, "committer"));
        let author = author.unwrap_or_else(|| site.who());
        let commit = Commit {
            branch: self.branch.clone(),
            parent: self.parent.clone(),
            message: if given.is_empty() { message } else { given }.to_owned(),
            committer: person(input, "committer").unwrap_or_else(|| author.clone()),
            author,
            changes,
        };
        site.bare.commit(&commit)
    }
}

/// Somebody whom the body names wholly.
fn person(input: &Input, role: &str) -> Option<Who> {
    let member = |name: &str| {
        let text = input.member(role)?.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Some(Who { name: member("name")?, email: member("email")? })
}

/// The commit, and the file where one is left.
fn answer(site: &Site, status: u16, place: &Place, commit: &str, path: Option<&str>) -> Answer {
    let content = match path {
        Some(path) => {
            let entry = site.bare.entry(commit, path)?.ok_or_else(errors::not_found)?;
            file_json(site, &place.branch, commit, &entry)?
        }
        None => Value::Null,
    };
    let told = site.bare.told(commit)?.ok_or_else(errors::not_found)?;
    let verification = json!({ "verified": false, "reason": "gpg.error.not_signed_commit",
                               "signature": "", "signer": null, "payload": "" });
    Ok(Reply::json(
        status,
        json!({ "content": content, "commit": file_commit_json(site, &told), "verification": verification }),
    ))
}
