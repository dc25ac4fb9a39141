//! Organisations and repositories as a caller sees them: what is hidden does not exist.

use super::caller::Caller;
use crate::core::wire::Reply;
use crate::gitea::errors;
use crate::gitea::model::{Org, Repo, State};

/// Returns the organisation with that name, or 404.
pub(crate) fn visible_org<'a>(
    state: &'a State,
    caller: &Caller,
    name: &str,
) -> Result<&'a Org, Reply> {
    let found = state.orgs.iter().find(|org| org.name.eq_ignore_ascii_case(name));
    found.filter(|org| caller.may_see_org(org)).ok_or_else(errors::not_found)
}

/// Returns the repository with that name and its organisation, or 404.
pub(crate) fn visible_repo<'a>(
    state: &'a State,
    caller: &Caller,
    org: &str,
    name: &str,
) -> Result<(&'a Org, &'a Repo), Reply> {
    let org = visible_org(state, caller, org)?;
    let repo = state.repo_of(org, name).filter(|repo| caller.may_see_repo(org, repo));
    Ok((org, repo.ok_or_else(errors::not_found)?))
}
