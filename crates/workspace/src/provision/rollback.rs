//! Removes a workspace that never became ready: first its resources on the upstreams, in reverse order of creation,
//! then its records.
//!
//! Removes only resources that were created for the workspace, by their numbers and marks, and that are empty. Each
//! removal is safe to repeat, and provisioning creates the removed resources again.

use std::sync::Arc;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, PrivateKeyUuid, ProjectUuid, Timestamp};
use covibe_gitea::Client;
use covibe_store::WorkspaceRecord;

use super::requested_replacements::Wants;
use super::run_context::ProvisionContext;
use super::run_journal::outcome_to_text;
use super::run_lease::{Interruption, Lease, LeaseOwner, acquire};
use super::{bot, coolify_project, docker_network, organisation, ownership_marks};
use crate::audit::Author;
use crate::credentials::describe_clone_key;
use crate::platform::Platform;
use crate::{storage, workspace_records};

/// Removes a workspace that never became ready. The keys of other workspaces that were minted with its keys end, too.
///
/// # Errors
///
/// Conflict if it is in use, is being provisioned or has repositories.
pub(crate) async fn roll_back(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    author: &Author,
) -> Result<(), Failure> {
    let run = match acquire(platform, record, None).await? {
        LeaseOwner::Caller(run) => run,
        LeaseOwner::Other(run) => {
            return Err(Failure::conflict("The workspace is being provisioned.")
                .hint("Wait for the run to end, then check the workspace's steps.")
                .retry_after(run.lease_left));
        }
    };
    let lease = Lease::for_run(platform, &record.tenant, &run);
    let removed = lease.run_during(remove(platform, record, &lease)).await.map_err(Failure::from);
    let (mut tx, _) = lease.transaction().await?;
    let mut ended = None;
    match &removed {
        Ok(()) => ended = tx.delete_workspace(&record.id, Timestamp::now()).await?,
        Err(failure) => {
            let text = outcome_to_text(failure);
            tx.end_provision_run(&record.id, &run.id, Timestamp::now(), text.as_deref()).await?;
        }
    }
    tx.commit().await?;
    let ended = ended.unwrap_or_default();
    platform.identity().forget_workspace(&record.id);
    platform.identity().forget_keys(ended.iter().map(|key| &key.id));
    platform.auditor().record_revocations(author, &ended, record.id.as_str()).await?;
    removed
}

async fn remove(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    lease: &Lease<'_>,
) -> Result<(), Interruption> {
    let record = workspace_records::read(platform, record).await?;
    if record.provision_status == ProvisionStatus::Ready {
        let message = format!(
            "The workspace {} is ready. Only a workspace that never became ready can be rolled \
             back.",
            record.slug
        );
        return Err(Failure::conflict(message)
            .hint("Nothing was removed. Delete its apps, databases and auth providers instead.")
            .into());
    }
    let ground = ProvisionContext::new(Arc::clone(platform), record, Wants::default());
    Ok(lease.guarded(remove_from_upstreams(ground)).await?)
}

/// Reads everything before it removes anything: a workspace that cannot be removed completely stays complete.
async fn remove_from_upstreams(on: ProvisionContext) -> Result<(), Failure> {
    let (store, accounts) = (&on.platform.store, on.platform.storage());
    // Boxed, as what removes it below, because the futures are large.
    Box::pin(storage::check_removable(store, accounts, &on.record)).await?;
    let mut has_removed = false;
    // Without a run that has begun, nothing was created on Gitea and Coolify.
    if on.record.upstream_mark.is_some() || on.record.gitea_bot_token.is_some() {
        let found = find_remains(&on).await?;
        let removed = remove_found(&on, &found, &mut has_removed).await;
        removed.map_err(|failure| if has_removed { half_removed(failure) } else { failure })?;
    }
    // Last: what an operator gave stays known to a workspace that is gone on with instead.
    let removed = Box::pin(storage::remove_with_workspace(store, accounts, &on.record)).await;
    removed.map_err(|failure| if has_removed { half_removed(failure) } else { failure })
}

/// The existing resources of a workspace.
struct WorkspaceRemains {
    project: Option<ProjectUuid>,
    network: Option<docker_network::NetworkRemains>,
    keys: Vec<PrivateKeyUuid>,
    /// The organisation's present name.
    org: Option<String>,
    /// The bot's name.
    bot: Option<String>,
    /// Other organisations that somebody put the bot into.
    foreign: Vec<String>,
}

/// Searches for the resources that were created for the workspace, by numbers and marks.
async fn find_remains(on: &ProvisionContext) -> Result<WorkspaceRemains, Failure> {
    let gitea = on.gitea()?;
    let org = match organisation::find_organisation(on).await? {
        organisation::ExistingOrganisation::Ours(org)
        | organisation::ExistingOrganisation::Renamed(org) => Some(org.name),
        organisation::ExistingOrganisation::Strangers(_)
        | organisation::ExistingOrganisation::None => None,
    };
    if let Some(org) = &org
        && !gitea.repos(org).await?.is_empty()
    {
        let message = format!("The organisation {org} has repositories.");
        return Err(Failure::conflict(message).hint("Move or delete them first."));
    }
    let project = coolify_project::find_project(on).await?;
    let network = docker_network::find_remains(on).await?;
    let mut keys = on.coolify()?.private_keys().await?;
    let clone_keys = clone_keys(on).await?;
    keys.retain(|key| {
        Some(&key.uuid) == on.record.coolify_private_key_uuid.as_ref()
            || ownership_marks::is_marked(&on.record, key.description.as_deref())
            || clone_keys.iter().any(|text| Some(text) == key.description.as_ref())
    });
    let bot = match gitea.user(&on.record.gitea_bot_username).await?.into_resource() {
        Some(user) if bot::is_ours(on, &user) => Some(user.login),
        _ => None,
    };
    let foreign = match &bot {
        Some(bot) => foreign_to(gitea, bot, org.as_deref()).await?,
        None => Vec::new(),
    };
    let keys = keys.into_iter().map(|key| key.uuid).collect();
    Ok(WorkspaceRemains { project, network, keys, org, bot, foreign })
}

/// Returns the descriptions of the keys that Coolify used to clone the workspace's repositories.
async fn clone_keys(on: &ProvisionContext) -> Result<Vec<String>, Failure> {
    let mut tx = on.platform.store.tenant_read(&on.record.tenant).await?;
    let keys = tx.clone_keys(&on.record.id).await?;
    tx.commit().await?;
    Ok(keys.iter().map(describe_clone_key).collect())
}

/// Returns the organisations that a bot is in besides the workspace's own. Fails if the bot has repositories itself,
/// because it cannot be deleted then.
async fn foreign_to(gitea: &Client, bot: &str, own: Option<&str>) -> Result<Vec<String>, Failure> {
    if !gitea.repos_of_user(bot).await?.is_empty() {
        let message = format!("The Gitea user {bot} has repositories.");
        return Err(Failure::conflict(message).hint("Tell the operator to delete them first."));
    }
    let orgs = gitea.orgs_of(bot).await?.into_iter().map(|org| org.name);
    Ok(orgs.filter(|org| Some(org.as_str()) != own).collect())
}

/// Removes the found resources. Sets `has_removed` once something is removed. Coolify refuses to delete a project that
/// is not empty; then everything stays.
async fn remove_found(
    on: &ProvisionContext,
    found: &WorkspaceRemains,
    has_removed: &mut bool,
) -> Result<(), Failure> {
    let (gitea, coolify) = (on.gitea()?, on.coolify()?);
    if let Some(bot) = &found.bot {
        // First, so that nobody keeps a workspace from being deleted whole.
        for org in &found.foreign {
            end_membership(gitea, org, bot).await?;
            *has_removed = true;
        }
    }
    if let Some(project) = &found.project {
        coolify.delete_project(project).await?;
        *has_removed = true;
    }
    if let Some(network) = &found.network {
        docker_network::remove(on, network, has_removed).await?;
    }
    for key in &found.keys {
        coolify.delete_private_key(key).await?;
        *has_removed = true;
    }
    if let Some(org) = &found.org {
        gitea.delete_org(org).await?;
        *has_removed = true;
        if let Some(id) = on.record.gitea_org_id {
            let (store, record) = (&on.platform.store, &on.record);
            store.forget_organisation(&record.tenant, &record.cell, id).await?;
        }
    }
    if let Some(bot) = &found.bot {
        gitea.delete_user(bot).await?;
    }
    Ok(())
}

/// Removes the bot from somebody else's organisation, so that nobody can prevent its deletion. If it is the last owner,
/// the administrator becomes one instead.
async fn end_membership(gitea: &Client, org: &str, bot: &str) -> Result<(), Failure> {
    let team = gitea.owners_team(org).await?;
    let owners = gitea.team_members(team).await?;
    if owners.iter().all(|owner| owner.login.eq_ignore_ascii_case(bot)) {
        gitea.add_member(org, team, gitea.username()).await?;
    }
    Ok(gitea.leave_org(org, bot).await?)
}

/// Replaces the hint by one that a part is removed, because the failure of a single call does not mention the others.
fn half_removed(failure: Failure) -> Failure {
    failure
        .hint("Part of the workspace was removed. Repeat the call: it continues where it stopped.")
}
