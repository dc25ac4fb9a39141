//! Ending containers that may not run.

use std::time::Instant;

use covibe_domain::Kind;
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use crate::scoped::{OnHost, OwnContainer};
use crate::workspace::Workspace;

/// The number of containers that are ended concurrently.
const CONCURRENCY: usize = 4;

impl Workspace {
    /// Ends containers of a resource that may not run, and says so in the log and in the audit. Returns whether
    /// all were seen not to run afterwards, within two thirds of the time that the call has left.
    pub async fn end_rejected(
        &self,
        host: &OnHost,
        uuid: &str,
        rejected: impl IntoIterator<Item = &OwnContainer>,
    ) -> bool {
        let endings: Vec<_> = rejected.into_iter().map(|one| has_ended(host, one)).collect();
        let left = self.deadline().saturating_duration_since(Instant::now());
        let ending = stream::iter(endings).buffered(CONCURRENCY).collect::<Vec<_>>();
        let ended = timeout(left / 3 * 2, ending).await;
        let is_stopped = ended.is_ok_and(|ended| ended.into_iter().all(|has_ended| has_ended));
        let outcome = if is_stopped { "stopped" } else { "not stopped" };
        let workspace = self.slug();
        tracing::warn!(%workspace, resource = uuid, outcome, "a container has a label of its image that it may not have");
        if let Err(failure) = self.record_guard(uuid, outcome).await {
            tracing::error!(%workspace, resource = uuid, %failure, "it was not recorded that a container may not run");
        }
        is_stopped
    }
}

/// Ends a container, and returns whether it was seen not to run.
async fn has_ended(host: &OnHost, container: &OwnContainer) -> bool {
    // What the look shows counts. There is none before: an image can bring so much that the container is not
    // described.
    let _stopped = host.stop_at_once(container).await;
    match host.state(container).await {
        Ok(state) => !state.status.may_run(),
        // It was removed meanwhile.
        Err(failure) => failure.kind == Kind::Conflict,
    }
}
