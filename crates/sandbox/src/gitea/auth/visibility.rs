//! Organisations and repositories as a caller sees them: what is hidden does not exist.

use serde_json::Value;

use super::caller::Caller;
use crate::core::request_types::Reply;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Org, Owner, Repo, Right};

/// Returns the organisation with that name, or 404.
pub(crate) fn visible_org<'a>(
    state: &'a GiteaState,
    caller: &Caller,
    name: &str,
) -> Result<&'a Org, Reply> {
    let found = state.find_org(name).ok_or_else(|| errors::no_owner("GetOrgByName", name))?;
    let hidden = || errors::missing_object("HasOrgOrUserVisible", &Value::Null);
    Some(found).filter(|org| caller.may_see_org(org)).ok_or_else(hidden)
}

/// Returns the repository with that name and its owner, or 404.
pub(crate) fn visible_repo<'a>(
    state: &'a GiteaState,
    caller: &Caller,
    owner: &str,
    name: &str,
) -> Result<(Owner<'a>, &'a Repo), Reply> {
    let owner = state.owner(owner).ok_or_else(|| errors::no_owner("GetUserByName", owner))?;
    let repo = state.repo_of(owner.id(), name);
    let repo = repo.filter(|repo| caller.right_to(owner, repo) >= Right::Read);
    // An instance that demands a second factor hides repositories from who has none.
    let is_let_in = !state.settings.two_factor_enforced || caller.is_admin;
    Ok((owner, repo.filter(|_| is_let_in).ok_or_else(errors::not_found)?))
}
