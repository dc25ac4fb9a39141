//! Git over SSH by a deploy key, which a header proves: the answers of Gitea 1.26's `routers/private/serv.go`,
//! with the statuses 403 for a key that nobody has and 404 for one that opens another repository.

use super::ssh_keys;
use crate::core::request_types::{Reply, Request};
use crate::core::ssh_proof;
use crate::gitea::errors::plain;
use crate::gitea::model::{GiteaState, Repo};

/// Returns whether a request is one over SSH.
pub(super) fn is_ssh(request: &Request) -> bool {
    !request.header(ssh_proof::HEADER).is_empty()
}

/// Returns the repository of this path if the request's deploy key opens it. Nothing is pushed by one here, and
/// nothing that was renamed is found.
pub(super) fn opened<'a>(
    state: &'a GiteaState,
    request: &Request,
    (owner, name): (&str, &str),
    reads: bool,
) -> Result<&'a Repo, Reply> {
    let proof = request.header(ssh_proof::HEADER);
    let key = ssh_proof::proven(proof, &format!("{owner}/{name}"));
    let fingerprint = key.and_then(|key| ssh_keys::parse(&key)).map(|(_, print)| print);
    let fingerprint = fingerprint.filter(|print| is_known(state, print)).ok_or_else(denied)?;
    let unauthorized = || plain(404, "Public (Deploy) Key is not authorized.");
    let owner = state.owner(owner).ok_or_else(unauthorized)?;
    let repo = state.repo_of(owner.id(), name).ok_or_else(unauthorized)?;
    let mut keys = repo.deploy_keys.iter();
    let is_open = reads && keys.any(|key| key.fingerprint == fingerprint);
    is_open.then_some(repo).ok_or_else(unauthorized)
}

/// Returns whether any repository has a deploy key: another one can't sign in.
fn is_known(state: &GiteaState, fingerprint: &str) -> bool {
    let mut keys = state.repos.iter().flat_map(|repo| &repo.deploy_keys);
    keys.any(|key| key.fingerprint == fingerprint)
}

fn denied() -> Reply {
    plain(403, "Permission denied (publickey).")
}
