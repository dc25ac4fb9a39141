//! `/{org}/{repo}.git/…`: who may clone and push, as Gitea 1.26's `routers/web/repo/githttp.go`.

use super::super::access::Caller;
use super::super::scopes;
use super::super::state::{Org, Repo, State};
use super::cgi::Exchange;
use crate::wire::{Answer, Body, Reply, Request};

/// What a path asks for.
struct Wanted<'a> {
    org: &'a str,
    name: &'a str,
    what: &'a str,
    service: &'static str,
}

const READ: &str = "git-upload-pack";
const WRITE: &str = "git-receive-pack";

/// Whether a path can be one of git's protocol at all.
pub(in crate::gitea) fn is_git(request: &Request) -> bool {
    wanted(request).is_some()
}

/// Names are compared as they stand in the path: nothing is decoded, and no file is found by them.
fn wanted(request: &Request) -> Option<Wanted<'_>> {
    let (org, rest) = request.path.strip_prefix('/')?.split_once('/')?;
    let (repo, what) = rest.split_once('/')?;
    let service = match (request.method.as_str(), what) {
        ("GET", "info/refs") => request.query.get("service").map_or("", String::as_str),
        ("POST", READ | WRITE) => what,
        _ => return None,
    };
    let service = [READ, WRITE].into_iter().find(|known| *known == service)?;
    Some(Wanted { org, name: repo.strip_suffix(".git").unwrap_or(repo), what, service })
}

fn plain(status: u16, text: &str) -> Reply {
    let kind = "text/plain; charset=utf-8".to_owned();
    Reply { status, headers: Vec::new(), body: Body::Bytes(kind, text.as_bytes().to_vec()) }
}

fn not_found() -> Reply {
    plain(404, "Repository not found")
}

/// Answers a request of git's protocol.
pub(in crate::gitea) fn answer(state: &State, request: &Request) -> Answer {
    let Wanted { org, name, what, service } = wanted(request).ok_or_else(not_found)?;
    let org = state.orgs.iter().find(|one| one.name.eq_ignore_ascii_case(org));
    let org = org.ok_or_else(not_found)?;
    let repo = state.repo_of(org, name);
    let caller = caller(state, request)?;
    let user = match &caller {
        Some(caller) => {
            let repo = repo.map(|repo| (org, repo));
            admit(caller, repo, service)?;
            state.users.iter().find(|user| user.id == caller.user)
        }
        None if service == READ && repo.is_some_and(|repo| is_open(org, repo)) => None,
        None => return Err(unauthenticated()),
    };
    let repo = repo.ok_or_else(not_found)?;
    let exchange = Exchange {
        bare: repo.bare.clone(),
        method: request.method.clone(),
        what: what.to_owned(),
        service,
        content_type: request.header("content-type").to_owned(),
        content_encoding: request.header("content-encoding").to_owned(),
        protocol: protocol(request),
        user: user.map_or_else(String::new, |user| user.login.clone()),
        body: request.body.clone(),
    };
    Ok(Reply::later(move || exchange.run()))
}

/// Whether anybody may clone it.
fn is_open(org: &Org, repo: &Repo) -> bool {
    !repo.is_private && org.visibility == "public"
}

/// Who calls; nobody where nothing is said. Wrong credentials are never the same as none.
fn caller(state: &State, request: &Request) -> Result<Option<Caller>, Reply> {
    if request.authorization.is_none() {
        return Ok(None);
    }
    match state.caller(request) {
        Ok(caller) => Ok(Some(caller)),
        Err(refusal) if refusal.status == 403 => Err(plain(403, "Your account is disabled.")),
        Err(_) => Err(unauthenticated()),
    }
}

fn unauthenticated() -> Reply {
    plain(401, "Unauthorized\n").header("WWW-Authenticate", &"Basic realm=\"Gitea\"")
}

/// Refuses what the caller may not do. Pushing to a repository that is not there would make one
/// where that is on, which it is not.
fn admit(caller: &Caller, repo: Option<(&Org, &Repo)>, service: &str) -> Result<(), Reply> {
    let method = if service == WRITE { "POST" } else { "GET" };
    if caller.needs(method, scopes::REPOSITORY).is_err() {
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

/// `Git-Protocol`, where it is well-formed: keys and values with colons between.
fn protocol(request: &Request) -> String {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_pair = |pair: &str| pair.split_once('=').is_some_and(|(a, b)| is_word(a) && is_word(b));
    let given = request.header("git-protocol");
    if given.split(':').all(is_pair) { given.to_owned() } else { String::new() }
}
