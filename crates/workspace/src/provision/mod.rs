//! Provisioning a workspace on Gitea and Coolify: a journaled sequence of stages, each of which
//! ensures one thing.
//!
//! A run holds the workspace by a lease in the database. Of two calls at once, on any servers, one works and the other
//! waits for its result. Each stage is recorded before it starts, searches before it creates, and is safe to repeat:
//! the next run resumes one that died at any point. It reads the recorded resources. Coolify's lists of projects, keys
//! and destinations contain those of all workspaces, so they are read only where an earlier run may have left something
//! that is not recorded.
//!
//! The end of a stage and the start of the next are one transaction, and the stage is in the audit before the next one
//! sends a request. A run is a task of its own, and the calls that request it wait for it. Resources of a workspace are
//! identified by ids and marks, never by name (`ownership_marks`). If an upstream refuses a request that the server
//! makes on its own, the operator has to repair it (`Request::operators`, `Cause::Barred`).
//!
//! A workspace's Docker network is created on the host first, because Coolify answers 201 to a destination whose
//! network it could not create. The destination is identified by that network, which has the workspace's mark as a
//! label. `Coolify::place` is the only source of the place of a creation: it names the workspace's own destination, and
//! fails while a workspace in provisioning has not got it yet. A workspace without one uses the shared destination
//! (`clients/coolify/src/instance/destinations.rs`).

mod bot;
mod bot_role;
mod bot_tokens;
mod clone_urls;
mod coolify_project;
mod deploy_key;
mod docker_network;
mod interrupted_replacements;
mod old_tokens;
mod organisation;
mod organisation_names;
mod ownership_marks;
mod requested_replacements;
mod rollback;
mod run_context;
mod run_journal;
mod run_lease;
mod run_progress;
mod run_stages;
mod single_run;
pub(crate) mod webhook;

use std::sync::Arc;
use std::time::Instant;

use covibe_domain::{Failure, boxed};
use covibe_store::WorkspaceRecord;

use crate::audit::Author;
use crate::platform::Platform;
use crate::workspace_records;

pub(crate) use interrupted_replacements::{has_open_replacement, request_replacement};
pub(crate) use ownership_marks::PREFIX as MARK;
pub(crate) use requested_replacements::Wants;
pub(crate) use rollback::roll_back;
pub use run_progress::until_begun;
pub(crate) use run_progress::{latest_run, summary, watch};
pub(crate) use single_run::run;

/// Brings a workspace to `ready` on the server's own behalf, and returns its record. One that has been in use
/// without a network of its own gets one, where that is possible.
#[boxed]
pub async fn provision(
    platform: &Arc<Platform>,
    record: WorkspaceRecord,
) -> Result<WorkspaceRecord, Failure> {
    let deadline = Instant::now() + platform.settings().write_timeout;
    let author = Author::server(&record.tenant);
    single_run::run_anew(platform, &record, Wants::network(), author, deadline).await?;
    workspace_records::read(platform, &record).await
}
