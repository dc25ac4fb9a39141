//! Objects of a repository besides its git objects: hooks, keys, forks, transfers, mirrors,
//! collaborators, protections and statuses.

mod collaborators;
mod deploy_keys;
mod forks;
mod protections_and_statuses;
mod repository_call;

pub(super) mod mirrors;
pub(super) mod webhooks;

use self::repository_call::Call;
use super::runners;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::{Caller, visible_repo};
use crate::gitea::model::{GiteaState, HookPlace, Right};

/// Answers `/repos/{owner}/{name}/{path}`; `None` for a route of another module.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    (owner, name): (&str, &str),
    path: &[&str],
) -> Option<ReplyResult> {
    let (first, rest) = path.split_first()?;
    let (needed, handler): (Right, fn(&mut GiteaState, &Call<'_>) -> ReplyResult) = match *first {
        "hooks" => (Right::Admin, |state, call| match (call.request.method.as_str(), call.rest) {
            ("POST", [id, "tests"]) => webhooks::test(state, call, id),
            _ => webhooks::answer(state, call.request, HookPlace::Repo(call.repo), call.rest),
        }),
        "keys" => (Right::Admin, deploy_keys::answer),
        // Administrators of a repository don't see its runners, only its owners do.
        "actions" if rest.first() == Some(&"runners") => (Right::Owner, |state, call| {
            let rest = call.rest.get(1..).unwrap_or_default();
            runners::answer(state, call.request, HookPlace::Repo(call.repo), rest)
        }),
        "forks" => (Right::Read, forks::fork),
        "transfer" if rest.is_empty() => (Right::Admin, forks::transfer),
        "transfer" => (Right::None, forks::decide),
        "push_mirrors" => (Right::Admin, mirrors::push_mirrors),
        "collaborators" => (Right::Admin, collaborators::answer),
        "branch_protections" => (Right::Admin, protections_and_statuses::protections),
        "statuses" if request.method == "POST" => {
            (Right::Write, protections_and_statuses::create_status)
        }
        "statuses" => (Right::Read, protections_and_statuses::statuses),
        "commits" if rest.len() == 2 => (Right::Read, protections_and_statuses::of_reference),
        _ => return None,
    };
    let found = permitted_repo(state, caller, owner, name, needed);
    Some(found.and_then(|repo| handler(state, &Call { request, caller, repo, rest })))
}

fn permitted_repo(
    state: &GiteaState,
    caller: &Caller,
    owner: &str,
    name: &str,
    needed: Right,
) -> Result<i64, Reply> {
    let (owner, repo) = visible_repo(state, caller, owner, name)?;
    caller.require_right(owner, repo, needed)?;
    Ok(repo.id)
}
