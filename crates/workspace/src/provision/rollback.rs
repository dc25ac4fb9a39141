//! Removing a workspace that never became ready: first what was created on the upstreams, in reverse
//! order, then its records.
//!
//! Only what certainly belongs to the workspace and is empty is removed. Each removal is safe to
//! repeat, and provisioning again creates what was removed.

use std::sync::Arc;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, names};
use covibe_gitea::Client as Gitea;
use covibe_store::WorkspaceRecord;

use super::coolify::Existing;
use super::ground::Ground;
use super::lease::{Interruption, Lease, Owner, acquire};
use super::wants::Wants;
use super::{coolify, gitea, outcome};
use crate::clock::{left, now};
use crate::platform::Platform;
use crate::records;

/// Removes a workspace that never became ready.
///
/// # Errors
///
/// Conflict if it is in use, is being provisioned or has repositories.
pub(crate) async fn roll_back(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
) -> Result<(), Failure> {
    let run = match acquire(platform, record, None).await? {
        Owner::Caller(run) => run,
        Owner::Other(run) => {
            return Err(Failure::conflict("The workspace is being provisioned.")
                .hint("Wait for the run to end, then look at the workspace's steps.")
                .retry_after(left(run.lease_until)));
        }
    };
    let lease = Lease::of(platform, &record.tenant, &run);
    let removed = lease.during(remove(platform, record, &lease)).await.map_err(Failure::from);
    let mut tx = lease.transaction().await?;
    match &removed {
        Ok(()) => drop(tx.delete_workspace(&record.id).await?),
        Err(failure) => {
            let text = outcome::to_text(failure);
            tx.end_provision_run(&record.id, &run.id, now(), text.as_deref()).await?;
        }
    }
    tx.commit().await?;
    platform.identity().forget_workspace(&record.id);
    removed
}

async fn remove(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    lease: &Lease<'_>,
) -> Result<(), Interruption> {
    let record = records::read(platform, record).await?;
    if record.provision_status == ProvisionStatus::Ready {
        let message = format!("The workspace {} is in use.", record.slug);
        return Err(Failure::conflict(message)
            .hint("Only a workspace that never became ready can be rolled back.")
            .into());
    }
    let (platform, wants) = (Arc::clone(platform), Wants::default());
    let ground = Ground { platform, record, wants, public_key: None };
    Ok(lease.guarded(remove_from_upstreams(ground)).await?)
}

async fn remove_from_upstreams(mut on: Ground) -> Result<(), Failure> {
    let is_own_org = is_own_org(&on).await?;
    if is_own_org && !on.gitea()?.repos(&on.record.gitea_org).await?.is_empty() {
        let message = format!("The organisation {} has repositories.", on.record.gitea_org);
        return Err(Failure::conflict(message).hint("Move or delete them first."));
    }
    remove_from_coolify(&mut on).await?;
    let client = on.gitea()?;
    if is_own_org {
        client.delete_org(&on.record.gitea_org).await?;
    }
    remove_bot(client, &on).await
}

/// Coolify refuses to delete a project that is not empty; then everything stays.
async fn remove_from_coolify(on: &mut Ground) -> Result<(), Failure> {
    if let Existing::Ours(project) = coolify::look(on).await? {
        on.coolify()?.delete_project(&project).await?;
    }
    let (client, name) = (on.coolify()?, names::coolify_project(&on.record.slug));
    for key in client.private_keys().await? {
        if key.name == name {
            client.delete_private_key(&key.uuid).await?;
        }
    }
    Ok(())
}

/// Whether the organisation exists and only the bot and administrators own it.
async fn is_own_org(on: &Ground) -> Result<bool, Failure> {
    let (client, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    if client.org(&on.record.gitea_org).await?.is_none() {
        return Ok(false);
    }
    let owners = client.owners(&on.record.gitea_org).await?;
    Ok(owners.iter().all(|owner| owner.login == *bot || owner.is_admin))
}

/// Deletes the bot, and with it its tokens and keys.
async fn remove_bot(client: &Gitea, on: &Ground) -> Result<(), Failure> {
    let bot = &on.record.gitea_bot_username;
    let email = gitea::email(bot, &on.platform.settings().base_domain);
    match client.user(bot).await? {
        Some(user) if user.email.eq_ignore_ascii_case(&email) => {
            Ok(client.delete_user(bot).await?)
        }
        _ => Ok(()),
    }
}
