//! Forks, and transfers to another owner.

use super::repository_call::Call;
use crate::core::request_types::{Reply, ReplyResult};
use crate::gitea::answer_json;
use crate::gitea::auth::visible_org;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Owner, Right};
use crate::gitea::rules::Input;

/// `POST …/forks`: into the caller's own space, whatever the caller's limits, or an organisation in
/// which the caller may create repositories.
pub(super) fn fork(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    if call.request.method != "POST" {
        return Err(errors::no_route());
    }
    let input = Input::parse(call.request)?;
    let owner = match input.text("organization") {
        "" => call.caller.user,
        name => {
            let org = visible_org(state, call.caller, name)?;
            if !call.caller.is_admin && !org.may_create_repos(call.caller.user) {
                return Err(errors::refusal(403));
            }
            org.id
        }
    };
    let name = match input.text("name") {
        "" => state.repo_by_id(call.repo)?.name.clone(),
        name => name.to_owned(),
    };
    if state.repo_of(owner, &name).is_some() {
        return Err(errors::refusal(409));
    }
    let fork = state.add_fork(call.repo, owner, &name)?;
    reply_with_repo(state, call, fork, 202)
}

/// `POST …/transfer`: 201 while the new owner has not accepted it, 202 at once where the caller may
/// create repositories there.
pub(super) fn transfer(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let input = Input::parse(call.request)?;
    let name = input.required("new_owner", "NewOwner")?;
    let unknown = || errors::message(404, "The new owner does not exist or cannot be found");
    let new = state.owner(name).ok_or_else(unknown)?;
    let caller = call.caller;
    let is_at_once = caller.is_admin
        || match new {
            Owner::User(user) => user.id == caller.user,
            Owner::Org(org) => org.may_create_repos(caller.user),
        };
    let new = new.id();
    if is_at_once {
        hand_over(state, call.repo, new)?;
        return reply_with_repo(state, call, call.repo, 202);
    }
    // Who is to own it can see it, and ends it alone.
    let user = match state.owner_by_id(new) {
        Some(Owner::User(user)) => Some(user.id),
        _ => None,
    };
    let repo = state.repo_by_id_mut(call.repo)?;
    repo.transfer_to = Some(new);
    if let Some(user) = user.filter(|user| repo.collaborators.iter().all(|(id, _)| id != user)) {
        repo.collaborators.push((user, Right::Read));
    }
    reply_with_repo(state, call, call.repo, 201)
}

/// `POST …/transfer/accept` and `…/reject`: only by whom the transfer waits for.
pub(super) fn decide(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let target = state.repo_by_id(call.repo)?.transfer_to.ok_or_else(errors::not_found)?;
    let may = match state.owner_by_id(target) {
        Some(Owner::User(user)) => user.id == call.caller.user,
        Some(Owner::Org(org)) => org.owners().contains(&call.caller.user),
        None => false,
    };
    if !may {
        return Err(errors::message(403, "permission denied"));
    }
    let status = match call.rest {
        ["accept"] => {
            hand_over(state, call.repo, target)?;
            202
        }
        ["reject"] => 200,
        _ => return Err(errors::no_route()),
    };
    state.repo_by_id_mut(call.repo)?.transfer_to = None;
    reply_with_repo(state, call, call.repo, status)
}

fn hand_over(state: &mut GiteaState, repo: i64, new: i64) -> Result<(), Reply> {
    let found = state.repo_by_id(repo)?;
    let (old, name) = (found.owner, found.name.clone());
    if state.repo_of(new, &name).is_some() {
        return Err(errors::invalid("The repository with the same name already exists."));
    }
    state.redirects.take(Some(new), &name);
    state.redirects.add(Some(old), &name, repo);
    state.repo_by_id_mut(repo)?.owner = new;
    Ok(())
}

fn reply_with_repo(state: &GiteaState, call: &Call<'_>, repo: i64, status: u16) -> ReplyResult {
    let repo = state.repo_by_id(repo)?;
    let owner = state.owner_by_id(repo.owner).ok_or_else(errors::not_found)?;
    Ok(Reply::json(status, answer_json::repo(state, call.caller, owner, repo)))
}
