//! Ends the containers of a resource that may not run.

use std::time::Instant;

use covibe_domain::names::displayable;
use covibe_domain::{Failure, Kind, Timestamp, boxed};
use covibe_store::Rejection;
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use crate::scoped::{ForeignLabel, Hosted, OnHost, OwnContainer, Version};
use crate::workspace::Workspace;

/// The number of containers that are ended concurrently.
const CONCURRENCY: usize = 8;

/// The maximum length of a label's key that is stored, in characters.
const MOST_KEPT: usize = 500;

/// The outcome of ending the containers of a resource that may not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedContainers {
    /// The number of containers that were seen not to run afterwards.
    pub ended: usize,
    /// The number of the other containers.
    pub left: usize,
}

impl EndedContainers {
    /// Returns whether no container may still run.
    pub fn is_whole(self) -> bool {
        self.left == 0
    }

    /// Returns the word for it in the audit and in the log.
    pub(crate) fn outcome(self) -> &'static str {
        if self.is_whole() { "stopped" } else { "not stopped" }
    }
}

impl Workspace {
    /// Ends all containers of a resource, because the image of the first of `seen` has a forbidden label, and records
    /// the version that ran, so that it is not started again. Records it in the log and in the audit. Returns what was
    /// observed afterwards, within two thirds of the remaining time of the call.
    #[boxed]
    pub async fn end_rejected(
        &self,
        host: &OnHost,
        resource: &Hosted,
        seen: &[OwnContainer],
        label: &ForeignLabel,
    ) -> EndedContainers {
        let Some(first) = seen.first() else { return EndedContainers::default() };
        let host = host.urgently();
        let running = running_containers(&host, seen).await;
        let ended = self.end_containers(&host, &running).await;
        let image = host.state(first).await.ok().map(|state| state.image);
        if let Err(failure) = self.note_rejection(resource, first, label, image.as_deref()).await {
            self.warn_of(resource.uuid(), &failure);
        }
        if running.is_empty() {
            return ended;
        }
        let (workspace, outcome) = (self.slug(), ended.outcome());
        tracing::warn!(
            %workspace, resource = resource.uuid(), outcome, containers = running.len(),
            "a container has a forbidden label from its image",
        );
        self.note_ending(resource.uuid(), outcome).await;
        ended
    }

    /// Ends containers that may not run, within two thirds of the remaining time of the call.
    pub(crate) async fn end_containers(
        &self,
        host: &OnHost,
        containers: &[OwnContainer],
    ) -> EndedContainers {
        let endings: Vec<_> = containers.iter().map(|one| has_ended(host, one)).collect();
        let left = self.deadline().saturating_duration_since(Instant::now());
        let ending = stream::iter(endings).buffer_unordered(CONCURRENCY).collect::<Vec<_>>();
        let ended = timeout(left / 3 * 2, ending).await.unwrap_or_default();
        let ended = ended.into_iter().filter(|has_ended| *has_ended).count();
        EndedContainers { ended, left: containers.len() - ended }
    }

    /// Records in the audit that containers of a resource were ended.
    pub(crate) async fn note_ending(&self, uuid: &str, outcome: &str) {
        if let Err(failure) = self.record_guard(uuid, outcome).await {
            self.warn_of(uuid, &failure);
        }
    }

    /// Records the version of a resource that ran.
    async fn note_rejection(
        &self,
        resource: &Hosted,
        container: &OwnContainer,
        label: &ForeignLabel,
        image: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(version) = resource.version_of(image) else { return Ok(()) };
        let (image, file, commit) = match version {
            Version::Image(image) => (Some(image), None, None),
            Version::File(digest) => (None, Some(digest), None),
            Version::Commit(hash) => (None, None, Some(hash)),
        };
        let service = if resource.is_compose() { container.service() } else { "the container" };
        let label = match label {
            ForeignLabel::Key(key) => Some(displayable(key, MOST_KEPT)),
            ForeignLabel::TooMany => None,
        };
        let (resource, container) = (resource.uuid().to_owned(), service.to_owned());
        let at = Timestamp::now();
        let new = Rejection { resource, container, label, image, file, commit, at };
        // The tenant's own calls must not keep it from being recorded.
        let store = self.platform.store.in_background();
        let mut tx = store.tenant(&self.record().tenant).await?;
        tx.put_rejection(&self.record().id, &new).await?;
        Ok(tx.commit().await?)
    }

    fn warn_of(&self, resource: &str, failure: &Failure) {
        tracing::error!(
            workspace = %self.slug(), resource, %failure,
            "could not record that a container must not run"
        );
    }
}

/// Returns the containers of a resource that may run; if Docker does not list them, those of `seen`.
async fn running_containers(host: &OnHost, seen: &[OwnContainer]) -> Vec<OwnContainer> {
    let listed = host.containers().await.unwrap_or_else(|_| seen.to_vec());
    listed.into_iter().filter(OwnContainer::may_run).collect()
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
