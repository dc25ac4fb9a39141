//! One look at the containers of a docker host.

use std::sync::Arc;

use covibe_docker_host::{ContainerId, DockerHost, Error, Inherited, Running};
use covibe_domain::{Failure, Kind};
use covibe_policy::acted_on;

use super::agenda::Agenda;
use super::owner::{self, Owned};
use crate::cells::{Cell, WatchCounts};
use crate::platform::Platform;

/// The maximum number of containers whose labels are looked at in a round. The others follow in the next ones.
const MAX_LOOKS: usize = 100;

/// The maximum number of suspicious containers whose owners are looked for in a round, which costs calls of
/// Coolify.
const MAX_OWNERS: usize = 10;

/// A look at one host.
pub(super) struct Round<'a> {
    platform: &'a Arc<Platform>,
    cell: &'a Cell,
    host: DockerHost,
}

/// What became of a container in a round.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// It may run, or it is nobody's whom this server knows.
    Settled,
    /// It has a label that something acts on.
    Suspicious,
    /// It was not told.
    Untold,
}

impl<'a> Round<'a> {
    pub(super) fn new(platform: &'a Arc<Platform>, cell: &'a Cell, host: &'a DockerHost) -> Self {
        Self { platform, cell, host: host.in_background() }
    }

    /// Lists what runs, judges what is due, and notes what became of it.
    ///
    /// # Errors
    ///
    /// The host does not tell what runs.
    pub(super) async fn look(&self, agenda: &mut Agenda<ContainerId>) -> Result<(), Failure> {
        let running = match self.host.running().await {
            Ok(running) => running,
            Err(error) => return Err(self.failed(&error)),
        };
        self.counts().looked.add_one();
        let mut owners = MAX_OWNERS;
        for one in agenda.due(&running, |one| &one.container.id).into_iter().take(MAX_LOOKS) {
            let id = &one.container.id;
            let is_settled = match self.judged(id).await {
                Seen::Settled => true,
                Seen::Untold => false,
                Seen::Suspicious if owners == 0 => {
                    agenda.keep_open(id);
                    continue;
                }
                Seen::Suspicious => {
                    owners -= 1;
                    // Boxed because the future is large.
                    Box::pin(self.settle(one)).await
                }
            };
            if is_settled {
                agenda.settle(id);
            } else {
                agenda.put_off(id, self.platform.settings().container_watch);
            }
        }
        Ok(())
    }

    /// Looks at the labels that a container has from its image.
    async fn judged(&self, id: &ContainerId) -> Seen {
        if self.cell.admitted.contains(id) {
            return Seen::Settled;
        }
        match self.host.inherited_labels(id).await {
            Ok(Inherited::Labels(labels)) if acted_on(&labels).next().is_none() => {
                self.cell.admitted.note(id);
                Seen::Settled
            }
            Ok(_) => Seen::Suspicious,
            // One that was removed meanwhile is not in the next list.
            Err(_) => Seen::Untold,
        }
    }

    /// Finds the owner of a suspicious container, and stops it if it may not run. Returns whether it need not be
    /// looked at again.
    async fn settle(&self, one: &Running) -> bool {
        let owned = match owner::of(self.platform, &self.host, one).await {
            Ok(Some(owned)) => owned,
            Ok(None) => {
                self.counts().unknown.add_one();
                return true;
            }
            Err(failure) => {
                if matches!(failure.kind, Kind::NotFound | Kind::Forbidden) {
                    self.counts().unknown.add_one();
                }
                tracing::warn!(resource = %one.uuid, %failure, "the owner of a container is not known, whose image has a label that the proxy or Coolify acts on");
                return false;
            }
        };
        let Owned { coolify, resource, host, container, .. } = &owned;
        match coolify.foreign_label(host, resource, container).await {
            Ok(None) => true,
            Ok(Some(_)) => {
                self.stop(&owned).await;
                // One that is started again must be seen again.
                false
            }
            Err(_) => false,
        }
    }

    /// Stops a container, and says so.
    async fn stop(&self, of: &Owned) {
        let Owned { workspace, resource, host, container, .. } = of;
        // Boxed because the future is large.
        let ending = Box::pin(workspace.end_rejected(host, resource.uuid(), [container]));
        let counts = self.counts();
        let count = if ending.await { &counts.stopped } else { &counts.unstopped };
        count.add_one();
    }

    fn failed(&self, error: &Error) -> Failure {
        self.counts().failed.add_one();
        tracing::warn!(%error, "a docker host does not tell what runs, so labels of images are not looked at");
        let kind = if matches!(error, Error::Busy { .. }) { Kind::Limited } else { Kind::Unready };
        Failure::new(kind, "A docker host does not tell what runs.")
    }

    fn counts(&self) -> &WatchCounts {
        self.platform.watch_counts()
    }
}
