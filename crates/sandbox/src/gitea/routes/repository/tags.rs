//! `/repos/{owner}/{repo}/tags`.

use serde_json::{Value, json};

use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::{invalid, message, not_found};
use crate::gitea::repository::safe_git_names;
use crate::gitea::rules::{Input, paging};

const PREFIX: &str = "refs/tags/";

fn tag_json(context: &Context, name: &str, commit: &str) -> Result<Value, Reply> {
    let info = context.bare.commit_info(commit)?.ok_or_else(not_found)?;
    let archive = |kind: &str| format!("{}/archive/{name}.{kind}", context.html_url);
    Ok(json!({
        "name": name, "message": "", "id": commit,
        "commit": context.object_json("commits", commit, &info.committer[2]),
        "zipball_url": archive("zip"), "tarball_url": archive("tar.gz"),
    }))
}

/// `GET …/tags`.
pub(super) fn list(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let mut items = Vec::new();
    for [name, _, _] in context.bare.references(PREFIX)? {
        if let Some(name) = name.strip_prefix(PREFIX)
            && let Some(commit) = context.bare.tagged(name)?
        {
            items.push(tag_json(context, name, &commit)?);
        }
    }
    Ok(paging::page(request, &items))
}

/// `POST …/tags`: by default of the default branch.
pub(super) fn create(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("tag_name", "TagName")?;
    if !safe_git_names::is_branch(name) {
        return Err(invalid("[TagName]: GitRefName"));
    }
    let target = match input.text("target") {
        "" => context.bare.default_branch(),
        target => target.to_owned(),
    };
    let unknown = || message(404, &format!("target not found: {target}"));
    let commit = context.bare.commit_of(&target)?.ok_or_else(unknown)?;
    if !context.bare.create_tag(name, &commit)? {
        return Err(message(409, "tag already exists"));
    }
    Ok(Reply::json(201, tag_json(context, name, &commit)?))
}

/// `DELETE …/tags/{tag}`.
pub(super) fn delete(context: &Context, _: &Request, name: &str) -> ReplyResult {
    context.bare.tagged(name)?.ok_or_else(not_found)?;
    context.bare.delete_tag(name)?;
    Ok(Reply::empty(204))
}
