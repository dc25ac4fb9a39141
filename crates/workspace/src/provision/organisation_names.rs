//! The names of organisations: an owner may rename its own onto the name of another workspace's
//! organisation or bot.
//!
//! A name may change hands between two calls, so a renamed resource is identified by its id afterwards.

use covibe_domain::Failure;
use covibe_domain::names::displayable;
use covibe_gitea::Org;

use super::run_context::{LABEL, ProvisionContext};

/// The outcome of a request to rename an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renaming {
    Done,
    /// Something else has the new name.
    Conflict,
    /// This Gitea can't rename organisations.
    Unsupported,
}

/// Renames the organisation with this id.
///
/// # Errors
///
/// Conflict if another organisation had the old name by then. It has that name again.
pub(super) async fn rename(
    on: &ProvisionContext,
    (id, old): (i64, &str),
    new: &str,
) -> Result<Renaming, Failure> {
    let gitea = on.gitea()?;
    match gitea.rename_org(old, new).await {
        Ok(true) => {}
        Ok(false) => return Ok(Renaming::Unsupported),
        Err(error) if error.is_conflict() => return Ok(Renaming::Conflict),
        Err(error) => return Err(error.into()),
    }
    match gitea.org(new).await?.into_resource() {
        Some(org) if org.id == id => return Ok(Renaming::Done),
        Some(_) => {
            if let Err(error) = gitea.rename_org(new, old).await {
                tracing::warn!(%error, new, old, "the wrong organisation was renamed, and could not be renamed back");
            }
        }
        None => {}
    }
    Err(renamed_resource("organisation", new, old))
}

/// Renames a workspace's organisation back to its name, as the administrator.
pub(super) async fn take_back(on: &ProvisionContext, name: &str, org: &Org) -> Result<(), Failure> {
    let mut done = rename(on, (org.id, &org.name), name).await?;
    if done == Renaming::Conflict
        && let Some(holder) = on.gitea()?.org(name).await?.into_resource()
        && give_back(on, name, holder.id).await?
    {
        done = rename(on, (org.id, &org.name), name).await?;
    }
    if done == Renaming::Done {
        Ok(())
    } else {
        Err(renamed_resource("organisation", name, &org.name))
    }
}

/// Frees a name that another workspace's organisation has, because its owner renamed it onto this one.
/// Returns whether the name is free now.
///
/// The organisation gets its own name again. If something else has that, such as a third workspace's
/// organisation, it gets a free one until its own provisioning renames it: however many organisations
/// have one another's names, the name of a workspace that is provisioned is freed at once.
pub(super) async fn give_back(on: &ProvisionContext, name: &str, id: i64) -> Result<bool, Failure> {
    let rightful = on.platform.store.organisation_name(&on.record.cell, id).await?;
    let Some(rightful) = rightful.filter(|rightful| !rightful.eq_ignore_ascii_case(name)) else {
        return Ok(false);
    };
    let mut done = rename(on, (id, name), &rightful).await?;
    if done == Renaming::Conflict {
        let free = format!("{LABEL}-{}", hex::encode(covibe_crypto::random::<8>()));
        done = rename(on, (id, name), &free).await?;
    }
    if done == Renaming::Done {
        tracing::warn!(
            organisation = rightful,
            name,
            "an organisation had another workspace's name, and was renamed"
        );
    }
    Ok(done == Renaming::Done)
}

/// The name belongs to something that was not created for the workspace.
pub(super) fn taken_name(what: &str, name: &str) -> Failure {
    Failure::conflict(format!("The name of the Gitea {what} {name} is taken by somebody else."))
        .hint("Tell the operator to rename it in Gitea, or roll back this workspace and choose another slug.")
}

/// Another organisation got the name during the setup.
pub(super) fn moved_organisation(name: &str) -> Failure {
    let message = format!("The Gitea organisation {name} was renamed while it was being set up.");
    Failure::conflict(message).hint("Repeat the call. If the problem persists, tell the operator.")
}

/// A resource of the workspace has another name now.
pub(super) fn renamed_resource(what: &str, name: &str, new: &str) -> Failure {
    let new = displayable(new, 60);
    Failure::conflict(format!("The Gitea {what} {name} was renamed to {new}."))
        .hint("Tell the operator to rename it back.")
}
