//! Provisioning a workspace on Gitea and Coolify: a journaled sequence of stages, each of which
//! ensures one thing.
//!
//! A run holds the workspace by a lease in the database. Of two calls at once, on whichever
//! instances, one works and the other waits for its result. Each stage is recorded before it starts,
//! looks before it creates, and is safe to repeat: the next run resumes one that died anywhere.
//!
//! The end of a stage and the start of the next are one transaction, and the stage is in the audit before the next
//! one asks for anything. A run is a task of its own, and the calls that request it wait for it. Things of a
//! workspace are known by ids and marks, never by name (`marks`). A refusal of something that the server asks for
//! on its own is the operator's to mend (`Request::operators`, `Cause::Barred`).
//!
//! A workspace's Docker network is made on the host first, because Coolify answers 201 to a destination whose
//! network it could not make. The destination is known by that network, which has the workspace's mark as a label.
//! `Coolify::place` is the only source of the place of a creation: it names the workspace's own destination, and
//! refuses while a workspace that is being set up is still to get one. A workspace without one shares the
//! destination that is nobody's own (`clients/coolify/src/instance/destinations.rs`).

mod bot;
mod clone_urls;
mod coolify;
mod ground;
pub(crate) mod hook;
mod journal;
mod keys;
mod lease;
mod marks;
mod names;
mod network;
mod old_tokens;
mod organisation;
mod outcome;
mod refusals;
mod replaced;
mod roles;
mod rollback;
mod run;
mod stage;
mod summary;
mod tokens;
mod wants;
mod watch;

use std::sync::Arc;
use std::time::Instant;

use covibe_domain::{Failure, boxed};
use covibe_store::WorkspaceRecord;

use crate::audit::Author;
use crate::platform::Platform;
use crate::records;

pub(crate) use marks::PREFIX as MARK;
pub(crate) use rollback::roll_back;
pub(crate) use run::run;
pub(crate) use summary::summary;
pub(crate) use wants::Wants;
pub(crate) use watch::watch;

/// Brings a workspace to `ready` on the server's own behalf, and returns its record. One that has been in use
/// without a network of its own gets one, where that is possible.
#[boxed]
pub async fn provision(
    platform: &Arc<Platform>,
    record: WorkspaceRecord,
) -> Result<WorkspaceRecord, Failure> {
    let deadline = Instant::now() + platform.settings().write_timeout;
    let author = Author::server(&record.tenant);
    run::run_anew(platform, &record, Wants::network(), author, deadline).await?;
    records::read(platform, &record).await
}
