//! The size limit for the compose files of a workspace.

use std::time::Duration;

use covibe_coolify::{Error, Service};
use covibe_domain::{Failure, KeyedTurn};
use covibe_policy::Owned;
use tokio::runtime::Handle;
use tokio::time::sleep;

use super::Coolify;
use crate::scoped::resource_access_errors::compose_size_exceeded;

/// The maximum total size of a workspace's compose files, in bytes: eight files of the maximum
/// length, or hundreds of typical ones.
///
/// Coolify's answer for an environment contains each file twice, and every list of the workspace
/// needs that answer.
const MAX_TOTAL: usize = 2 * 1024 * 1024;

impl Coolify {
    /// Writes a compose file of this length, unless the workspace's files would exceed the limit.
    /// `replaced` is the service whose file it replaces.
    ///
    /// Otherwise calls at once would see the same files and exceed the limit together, so no other call of
    /// this process writes one meanwhile. Each further instance of the server can exceed it by one file.
    pub(super) async fn within_compose_size<T>(
        &self,
        length: usize,
        replaced: Option<&Owned<Service>>,
        write: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let turn = self.cell.apps.compose_turns.acquire(&self.placement.project).await;
        self.check_compose_size(length, replaced).await?;
        let mut writing = Writing { turn: Some(turn), late: self.late };
        let written = write.await.map_err(Failure::from);
        if !written.as_ref().is_err_and(Failure::is_in_doubt) {
            writing.turn = None;
        }
        written
    }

    async fn check_compose_size(
        &self,
        length: usize,
        replaced: Option<&Owned<Service>>,
    ) -> Result<(), Failure> {
        let services = self.services().await?;
        let is_replaced = |one: &&Owned<Service>| replaced.is_some_and(|it| it.uuid == one.uuid);
        // What the call read of the service may be older than its turn.
        let present = services.iter().find(is_replaced).or(replaced);
        if present.is_some_and(|service| length <= service.file_length()) {
            return Ok(());
        }
        let others = services.iter().filter(|one| !is_replaced(one));
        let used: usize = others.map(|one| one.file_length()).sum();
        if used.saturating_add(length) > MAX_TOTAL {
            return Err(compose_size_exceeded(MAX_TOTAL.saturating_sub(used)));
        }
        Ok(())
    }
}

/// A write in progress. If its outcome is not known when it ends, the turn is kept for as long as Coolify
/// may still carry it out.
struct Writing {
    turn: Option<KeyedTurn>,
    late: Duration,
}

impl Drop for Writing {
    fn drop(&mut self) {
        let (turn, late) = (self.turn.take(), self.late);
        if let (Some(turn), Ok(runtime)) = (turn, Handle::try_current()) {
            runtime.spawn(async move {
                sleep(late).await;
                drop(turn);
            });
        }
    }
}
