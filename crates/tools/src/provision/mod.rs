//! Setting a workspace up on Gitea and Coolify: a journaled sequence of stages, each «ensure».
//!
//! A run holds the workspace by a lease in the database, so that of two calls at once, on whichever
//! instances, one works and the other waits for its result. Each stage is written down before it is
//! taken, looks before it makes, and is safe to take again: a run that died anywhere is continued by
//! the next one.

mod clone_urls;
mod coolify;
mod gitea;
mod journal;
mod keys;
mod lease;
mod outcome;
mod rollback;
mod run;
mod stage;
mod tokens;
mod wants;
mod watch;

use std::sync::Arc;
use std::time::Instant;

use covibe_domain::Failure;
use covibe_store::WorkspaceRecord;

use crate::context::{Described, Platform};
use crate::entry::By;

pub(crate) use rollback::roll_back;
pub(crate) use run::provision as provision_by;
pub(crate) use stage::{hint, order};
pub(crate) use wants::Wants;
pub(crate) use watch::watch;

/// The name of the bot's key and, with a suffix, of its tokens: what bears it is ours to remove.
const LABEL: &str = "co-vibe";

/// Brings a workspace to `ready` on the server's own behalf, and returns its record.
pub async fn provision(
    platform: &Arc<Platform>,
    record: WorkspaceRecord,
) -> Result<WorkspaceRecord, Failure> {
    let deadline = Instant::now() + platform.settings.write_deadline;
    provision_by(platform, &record, Wants::default(), By::server(&record.tenant), deadline).await?;
    recorded(platform, &record).await
}

/// The record as it is now.
pub(crate) async fn recorded(
    platform: &Platform,
    of: &WorkspaceRecord,
) -> Result<WorkspaceRecord, Failure> {
    let mut tx = platform.store.tenant_read(&of.tenant).await?;
    let record = tx.workspace(&of.id).await?;
    tx.commit().await?;
    record.ok_or_else(|| gone(of))
}

/// The same with the steps of its set-up, of one moment.
pub(crate) async fn described(
    platform: &Platform,
    of: &WorkspaceRecord,
) -> Result<Described, Failure> {
    let mut tx = platform.store.tenant_read(&of.tenant).await?;
    let record = tx.workspace(&of.id).await?;
    let steps = tx.steps(&of.id).await?;
    tx.commit().await?;
    Ok(Described { record: record.ok_or_else(|| gone(of))?, steps })
}

fn gone(record: &WorkspaceRecord) -> Failure {
    Failure::not_found(format!("The workspace {} is gone.", record.slug))
}
