//! The paths below `/repos/{owner}/{repo}`; what git has to do for them is left to a job.

use super::super::access::Caller;
use super::super::errors;
use super::super::state::State;
use super::site::Need::{Read, Write};
use super::site::{Need, Site};
use super::{branches, commits, contents, pulls, write};
use crate::wire::{Answer, Reply, Request};

/// Answers with what follows the first segment after the repository.
type Handler = fn(&Site, &Request, &str) -> Answer;

/// Answers `/repos/{org}/{name}/{rest}`.
pub(in crate::gitea) fn answer(
    state: &State,
    request: &Request,
    caller: &Caller,
    (org, name): (&str, &str),
    rest: &[&str],
) -> Answer {
    let (need, handler) = handler(&request.method, rest).ok_or_else(errors::not_found)?;
    let site = state.site(caller, org, name, need)?;
    let (request, tail) = (request.clone(), rest.get(1..).unwrap_or_default().join("/"));
    Ok(Reply::later(move || handler(&site, &request, &tail)))
}

fn handler(method: &str, rest: &[&str]) -> Option<(Need, Handler)> {
    let found: (Need, Handler) = match (method, rest) {
        ("GET", ["contents", ..]) => (Read, contents::show),
        ("POST", ["contents", _, ..]) => (Write, write::create),
        ("PUT", ["contents", _, ..]) => (Write, write::update),
        ("DELETE", ["contents", _, ..]) => (Write, write::delete),
        ("GET", ["branches"]) => (Read, branches::list),
        ("GET", ["branches", _, ..]) => (Read, branches::show),
        ("POST", ["branches"]) => (Write, branches::create),
        ("DELETE", ["branches", _, ..]) => (Write, branches::delete),
        ("GET", ["commits"]) => (Read, commits::list),
        ("GET", ["pulls"]) => (Read, pulls::list),
        ("POST", ["pulls"]) => (Write, pulls::create),
        ("GET", ["pulls", _]) => (Read, pulls::show),
        ("GET", ["pulls", _, "merge"]) => (Read, pulls::is_merged),
        ("POST", ["pulls", _, "merge"]) => (Write, pulls::merge),
        _ => return None,
    };
    Some(found)
}
