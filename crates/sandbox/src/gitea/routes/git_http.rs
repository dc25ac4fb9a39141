//! `/{org}/{repo}.git/…`: git's smart HTTP, with the access rules of Gitea 1.26's
//! `routers/web/repo/githttp.go`.

use super::{git_ssh, rename_redirects};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::{Caller, authenticate, scopes};
use crate::gitea::errors::plain;
use crate::gitea::model::{GiteaState, Owner, Repo, Right, User};
use crate::gitea::repository::{GitRequest, Listener};

/// The parts of a path.
struct GitPath<'a> {
    owner: &'a str,
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
    let (owner, rest) = request.path.strip_prefix('/')?.split_once('/')?;
    let (repo, endpoint) = rest.split_once('/')?;
    let service = match (request.method.as_str(), endpoint) {
        ("GET", "info/refs") => request.query.get("service").map_or("", String::as_str),
        ("POST", READ | WRITE) => endpoint,
        _ => return None,
    };
    let service = [READ, WRITE].into_iter().find(|known| *known == service)?;
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    Some(GitPath { owner, repo, endpoint, service })
}

fn not_found() -> Reply {
    plain(404, "Repository not found")
}

/// Answers a request of git's protocol.
pub(super) fn answer(state: &GiteaState, request: &Request) -> ReplyResult {
    let GitPath { owner, repo: name, endpoint, service } = parse(request).ok_or_else(not_found)?;
    if git_ssh::is_ssh(request) {
        let repo = git_ssh::opened(state, request, (owner, name), service == READ)?;
        return Ok(serve(state, request, repo, (endpoint, service), None));
    }
    let Some(org) = state.owner(owner) else {
        let new = rename_redirects::renamed_owner(state, owner).ok_or_else(not_found)?;
        return Err(moved(&new, name, endpoint, service));
    };
    if let Some(new) = rename_redirects::renamed_repo(state, org, name) {
        return Err(moved(org.name(), &new, endpoint, service));
    }
    let repo = state.repo_of(org.id(), name);
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
    let listener = user.filter(|_| service == WRITE).map(|user| state.listener(org, repo, user));
    Ok(serve(state, request, repo, (endpoint, service), user.map(|user| (user, listener))))
}

/// Answers by git itself what was admitted, to a user unless it is anonymous or a deploy key.
fn serve(
    state: &GiteaState,
    request: &Request,
    repo: &Repo,
    (endpoint, service): (&str, &'static str),
    to: Option<(&User, Option<Listener>)>,
) -> Reply {
    let (user, listener) = to.map_or((None, None), |(user, listener)| (Some(user), listener));
    let git_request = GitRequest {
        bare: repo.bare.with_listener(listener.unwrap_or_default()),
        protections: repo.protected_branches(),
        partial_clones: state.settings.partial_clones,
        method: request.method.clone(),
        endpoint: endpoint.to_owned(),
        service,
        content_type: request.header("content-type").to_owned(),
        content_encoding: request.header("content-encoding").to_owned(),
        protocol: protocol(request),
        user: user.map(|user| user.login.clone()).unwrap_or_default(),
        body: request.body.clone(),
    };
    Reply::later(move || git_request.serve())
}

/// Redirects to a repository's present name, which git follows.
fn moved(owner: &str, name: &str, endpoint: &str, service: &str) -> Reply {
    let query = if endpoint == "info/refs" { format!("?service={service}") } else { String::new() };
    rename_redirects::redirect_reply(&format!("/{owner}/{name}.git/{endpoint}{query}"), 307)
}

/// Returns whether everybody may clone a repository.
fn is_public(owner: Owner<'_>, repo: &Repo) -> bool {
    !repo.is_private && owner.visibility() == "public"
}

/// Returns the caller; none without credentials. Wrong credentials are refused.
fn caller(state: &GiteaState, request: &Request) -> Result<Option<Caller>, Reply> {
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
fn admit(caller: &Caller, repo: Option<(Owner<'_>, &Repo)>, service: &str) -> Result<(), Reply> {
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
    if caller.right_to(org, repo) < Right::Read {
        return Err(not_found());
    }
    match service {
        WRITE if caller.right_to(org, repo) < Right::Write => {
            Err(plain(403, "User permission denied for writing."))
        }
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
