//! `/{org}/{repo}.git/…`: git's smart HTTP, with the access rules of Gitea 1.26's
//! `routers/web/repo/githttp.go`.

use super::moved;
use crate::core::wire::{Answer, Body, Reply, Request};
use crate::gitea::auth::{Caller, authenticate, scopes};
use crate::gitea::model::{Org, Repo, State};
use crate::gitea::repository::GitRequest;

/// The parts of a path.
struct GitPath<'a> {
    org: &'a str,
    repo: &'a str,
    /// `info/refs` or the service.
    endpoint: &'a str,
    service: &'static str,
}

const READ: &str = "git-upload-pack";
const WRITE: &str = "git-receive-pack";

/// Returns whether a request is one of git's protocol.
pub(super) fn is_git(request: &Request) -> bool {
    parse(request).is_some()
}

/// Parses a path. Names are compared as they are, without decoding, and never become file names.
fn parse(request: &Request) -> Option<GitPath<'_>> {
    let (org, rest) = request.path.strip_prefix('/')?.split_once('/')?;
    let (repo, endpoint) = rest.split_once('/')?;
    let service = match (request.method.as_str(), endpoint) {
        ("GET", "info/refs") => request.query.get("service").map_or("", String::as_str),
        ("POST", READ | WRITE) => endpoint,
        _ => return None,
    };
    let service = [READ, WRITE].into_iter().find(|known| *known == service)?;
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    Some(GitPath { org, repo, endpoint, service })
}

fn plain(status: u16, text: &str) -> Reply {
    let kind = "text/plain; charset=utf-8".to_owned();
    Reply { status, headers: Vec::new(), body: Body::Bytes(kind, text.as_bytes().to_vec()) }
}

fn not_found() -> Reply {
    plain(404, "Repository not found")
}

/// Answers a request of git's protocol.
pub(super) fn answer(state: &State, request: &Request) -> Answer {
    let GitPath { org, repo, endpoint, service } = parse(request).ok_or_else(not_found)?;
    let org = state.orgs.iter().find(|one| one.name.eq_ignore_ascii_case(org));
    let org = org.ok_or_else(not_found)?;
    if let Some(redirect) = moved::redirect_git(state, request, org, repo) {
        return Ok(redirect);
    }
    let repo = state.repo_of(org, repo);
    let caller = caller(state, request)?;
    let user = match &caller {
        Some(caller) => {
            let repo = repo.map(|repo| (org, repo));
            admit(caller, repo, service)?;
            state.user_by_id(caller.user)
        }
        None if service == READ && repo.is_some_and(|repo| is_public(org, repo)) => None,
        None => return Err(unauthenticated()),
    };
    let repo = repo.ok_or_else(not_found)?;
    let git_request = GitRequest {
        bare: repo.bare.clone(),
        method: request.method.clone(),
        endpoint: endpoint.to_owned(),
        service,
        content_type: request.header("content-type").to_owned(),
        content_encoding: request.header("content-encoding").to_owned(),
        protocol: protocol(request),
        user: user.map(|user| user.login.clone()).unwrap_or_default(),
        body: request.body.clone(),
    };
    Ok(Reply::later(move || git_request.serve()))
}

/// Returns whether everybody may clone a repository.
fn is_public(org: &Org, repo: &Repo) -> bool {
    !repo.is_private && org.visibility == "public"
}

/// Returns the caller; none without credentials. Wrong credentials are refused.
fn caller(state: &State, request: &Request) -> Result<Option<Caller>, Reply> {
    if request.authorization.is_none() {
        return Ok(None);
    }
    match authenticate(state, request) {
        Ok(caller) => Ok(Some(caller)),
        Err(refusal) if refusal.status == 403 => Err(plain(403, "Your account is disabled.")),
        Err(_) => Err(unauthenticated()),
    }
}

fn unauthenticated() -> Reply {
    plain(401, "Unauthorized\n").header("WWW-Authenticate", &"Basic realm=\"Gitea\"")
}

/// Refuses what the caller may not do. The instance does not create a repository on push.
fn admit(caller: &Caller, repo: Option<(&Org, &Repo)>, service: &str) -> Result<(), Reply> {
    let method = if service == WRITE { "POST" } else { "GET" };
    if caller.require_scope(method, scopes::REPOSITORY).is_err() {
        return Err(plain(403, "token does not have the required scope for this repository"));
    }
    let Some((org, repo)) = repo else {
        return Err(match service {
            WRITE => plain(403, "Push to create is not enabled for organizations."),
            _ => not_found(),
        });
    };
    if !caller.may_see_repo(org, repo) {
        return Err(not_found());
    }
    match service {
        WRITE if !caller.is_owner(org) => Err(plain(403, "User permission denied for writing.")),
        WRITE if repo.is_archived => Err(plain(
            403,
            "This repo is archived. You can view files and clone it, but cannot push or open issues/pull-requests.",
        )),
        _ => Ok(()),
    }
}

/// Returns the `Git-Protocol` header if it is well-formed: `key=value` separated by colons.
fn protocol(request: &Request) -> String {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_pair = |pair: &str| pair.split_once('=').is_some_and(|(a, b)| is_word(a) && is_word(b));
    let given = request.header("git-protocol");
    if given.split(':').all(is_pair) { given.to_owned() } else { String::new() }
}
