//! `/repos/{owner}/{repo}/…`: what git does is left to a job, without the lock of the state.

mod branches;
mod commits;
mod contents;
mod contents_ext;
mod file_changes;
mod git_objects;
mod job_state_copy;
mod multi_file_changes;
mod pull_requests;
mod references;
mod tags;

use self::job_state_copy::Access::{Read, Write};
use self::job_state_copy::{Access, Context};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::GiteaState;

/// Answers a request. The text is the path below the first segment after the repository.
type Handler = fn(&Context, &Request, &str) -> ReplyResult;

/// Answers `/repos/{owner}/{name}/{rest}`.
pub(super) fn answer(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    (owner, name): (&str, &str),
    rest: &[&str],
) -> ReplyResult {
    let (access, handler) = handler(&request.method, rest).ok_or_else(errors::no_route)?;
    let context = Context::new(state, caller, owner, name, access)?;
    let (request, tail) = (request.clone(), rest.get(1..).unwrap_or_default().join("/"));
    Ok(Reply::later(move || handler(&context, &request, &tail)))
}

fn handler(method: &str, rest: &[&str]) -> Option<(Access, Handler)> {
    let found: (Access, Handler) = match (method, rest) {
        ("GET", ["contents", ..]) => (Read, contents::show),
        ("GET", ["contents-ext", ..]) => (Read, contents_ext::extended),
        ("GET" | "POST", ["file-contents"]) => (Read, contents_ext::several),
        ("GET", ["raw", _, ..]) => (Read, contents::raw),
        ("GET", ["git", "refs", ..]) => (Read, references::list),
        ("GET", ["git", "trees", _]) => (Read, git_objects::tree),
        ("GET", ["git", "blobs", _]) => (Read, git_objects::blob),
        ("GET", ["git", "commits", _]) => (Read, git_objects::commit),
        ("GET", ["tags"]) => (Read, tags::list),
        ("POST", ["tags"]) => (Write, tags::create),
        ("DELETE", ["tags", _, ..]) => (Write, tags::delete),
        ("POST", ["contents"]) => (Write, multi_file_changes::change),
        ("POST", ["contents", _, ..]) => (Write, file_changes::create),
        ("PUT", ["contents", _, ..]) => (Write, file_changes::update),
        ("DELETE", ["contents", _, ..]) => (Write, file_changes::delete),
        ("GET", ["branches"]) => (Read, branches::list),
        ("GET", ["branches", _, ..]) => (Read, branches::show),
        ("POST", ["branches"]) => (Write, branches::create),
        ("DELETE", ["branches", _, ..]) => (Write, branches::delete),
        ("GET", ["commits"]) => (Read, commits::list),
        ("GET", ["pulls"]) => (Read, pull_requests::list),
        ("POST", ["pulls"]) => (Write, pull_requests::create),
        ("GET", ["pulls", _]) => (Read, pull_requests::show),
        ("GET", ["pulls", _, "merge"]) => (Read, pull_requests::is_merged),
        ("POST", ["pulls", _, "merge"]) => (Write, pull_requests::merge),
        _ => return None,
    };
    Some(found)
}
