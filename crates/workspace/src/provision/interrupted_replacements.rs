//! Replacements of credentials that were requested with a move of the workspace, or whose run was interrupted: the next
//! run makes them, and a server begins that run by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::entities::Rotate;
use covibe_domain::{Failure, TenantId, WorkspaceId, boxed};
use covibe_store::{Error, ProvisionRun, Tx, WorkspaceRecord};

use super::requested_replacements::Wants;
use super::run_lease::new_run;
use super::run_progress::latest_run;
use super::single_run::run_anew;
use crate::audit::Author;
use crate::platform::Platform;
use crate::workspace_records::ready_workspaces;

/// Requests the replacement of all credentials of a workspace, in a transaction of its tenant. The record is that of a
/// run which was interrupted at its beginning: the next run makes the replacement, whoever begins it. Returns false if
/// a run is in progress; nothing is requested then.
pub(crate) async fn request_replacement(tx: &mut Tx, of: &WorkspaceId) -> Result<bool, Error> {
    let latest = tx.provision_run(of).await?;
    let left = latest.as_ref().map_or_else(Wants::default, Wants::left_by);
    let wants = Wants::rotating(Rotate::ALL.iter().copied()).merged_with(left);
    // The lease ends when it begins: no process works on it.
    let begun = tx.begin_provision_run(&new_run(of, wants.to_text()), Duration::ZERO).await?;
    Ok(begun.is_some())
}

/// Returns whether credentials of a workspace are still to be replaced, because the run that replaces them was only
/// requested, is in progress, was interrupted or failed.
pub(crate) async fn has_open_replacement(
    platform: &Platform,
    of: &WorkspaceRecord,
) -> Result<bool, Failure> {
    let latest = latest_run(platform, of).await?;
    Ok(latest.is_some_and(|run| Wants::left_by(&run).rotates_any()))
}

impl Platform {
    /// Makes the replacements of credentials that were requested or interrupted. One that failed is left to the next
    /// call, because each attempt makes tokens invalid that clients have. Of the tenants, those are read whose apps are
    /// deployed by pushes or clone with keys of their own: there, a token that is still valid does the most harm.
    ///
    /// # Errors
    ///
    /// If some replacements could not be made; the others were.
    #[boxed]
    pub async fn finish_replacements(platform: &Arc<Self>) -> Result<(), Failure> {
        let store = platform.store.in_background();
        let mut tenants = store.tenants_that_follow_branches().await?;
        tenants.extend(store.tenants_with_clone_keys().await?);
        tenants.sort();
        tenants.dedup();
        let mut finished = Ok(());
        for tenant in &tenants {
            if let Err(failure) = finish_for_tenant(platform, tenant).await {
                tracing::warn!(%tenant, %failure, "replaced tokens of a workspace may still be valid");
                finished = Err(failure);
            }
        }
        finished
    }
}

/// Makes the replacements for the workspaces of a tenant, each even if another one failed.
async fn finish_for_tenant(platform: &Arc<Platform>, tenant: &TenantId) -> Result<(), Failure> {
    let mut finished = Ok(());
    for record in ready_workspaces(platform, tenant).await? {
        let run = latest_run(platform, &record).await?;
        if run.is_some_and(|run| is_interrupted_replacement(&run)) {
            finished = finish(platform, &record).await.and(finished);
        }
    }
    finished
}

/// Returns whether a run that replaces credentials has neither ended nor an owner.
fn is_interrupted_replacement(run: &ProvisionRun) -> bool {
    let is_left = run.ended_at.is_none() && run.lease_left.is_zero();
    is_left && Wants::left_by(run).rotates_any()
}

/// Provisions a workspace, which also replaces the credentials that the interrupted run was to replace.
async fn finish(platform: &Arc<Platform>, record: &WorkspaceRecord) -> Result<(), Failure> {
    tracing::info!(workspace = %record.slug, "an interrupted replacement of credentials is continued");
    let deadline = Instant::now() + platform.settings().write_timeout;
    let author = Author::server(&record.tenant);
    run_anew(platform, record, Wants::default(), author, deadline).await
}
