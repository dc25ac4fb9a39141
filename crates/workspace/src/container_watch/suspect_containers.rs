//! Resources with a container whose image brings a label that the proxy or Coolify acts on. A task for each searches
//! for its owner and ends containers that may not run, so that none waits for another.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_docker_host::{ContainerId, DockerHost, Inherited, Running};
use covibe_domain::host_labels::LabelReader;
use covibe_domain::{Failure, Kind};
use tokio::task::{Id, JoinSet};

use super::check_schedule::Agenda;
use super::owner::{ContainerOwner, OwnedContainers, owner_of};
use crate::cells::{Cell, WatchCounts};
use crate::platform::Platform;
use crate::scoped::{OnHost, OwnContainer};
use crate::workspace::{EndedContainers, Workspace};

/// The context of a task: the server's state, the cell and the host.
#[derive(Clone, Debug)]
pub(super) struct WatchContext {
    pub(super) platform: Arc<Platform>,
    pub(super) cell: Arc<Cell>,
    pub(super) host: DockerHost,
}

/// The resources under investigation.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    tasks: JoinSet<bool>,
    under_way: HashMap<Id, Suspect>,
}

/// A resource under investigation.
#[derive(Debug)]
struct Suspect {
    /// The uuid and the project that its containers name.
    of: (String, Option<String>),
    containers: Vec<ContainerId>,
}

impl Suspects {
    /// Returns whether the resource of a container is under investigation.
    pub(super) fn has(&self, one: &Running) -> bool {
        let mut under_way = self.under_way.values();
        under_way.any(|each| each.of.0 == one.uuid && each.of.1 == one.project)
    }

    /// Returns whether no resource is under investigation.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Begins to investigate the resource of a container. `running` are all containers of the host.
    pub(super) fn begin(
        &mut self,
        place: &WatchContext,
        suspicious: &Running,
        running: &[Running],
    ) {
        let is_other = |one: &&Running| {
            let same = one.uuid == suspicious.uuid && one.project == suspicious.project;
            same && one.container.id != suspicious.container.id
        };
        let others = running.iter().filter(is_other).cloned();
        let containers: Vec<_> = std::iter::once(suspicious.clone()).chain(others).collect();
        let suspect = Suspect {
            of: (suspicious.uuid.clone(), suspicious.project.clone()),
            containers: containers.iter().map(|one| one.container.id.clone()).collect(),
        };
        let place = place.clone();
        // Boxed because the future is large.
        let task = self.tasks.spawn(async move { Box::pin(place.settle(&containers)).await });
        self.under_way.insert(task.id(), suspect);
    }

    /// Records the results of the tasks that have ended. Unsettled containers are checked again after `pause`.
    pub(super) fn note(&mut self, agenda: &mut Agenda<ContainerId>, pause: Duration) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            let (task, is_settled) = match ended {
                Ok((task, is_settled)) => (task, is_settled),
                Err(error) => (error.id(), false),
            };
            for id in self.under_way.remove(&task).into_iter().flat_map(|one| one.containers) {
                if is_settled { agenda.settle(&id) } else { agenda.put_off(&id, pause) }
            }
        }
    }

    /// Waits for the end of all investigations.
    pub(super) async fn wait_for_all(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl WatchContext {
    /// Searches for the owner of a resource's containers, and ends them if one may not run. Returns whether they need
    /// not be checked again. The first one is known to be suspicious.
    async fn settle(&self, containers: &[Running]) -> bool {
        let Some(first) = containers.first() else { return true };
        match owner_of(&self.platform, &self.host, containers).await {
            Ok(ContainerOwner::Workspace(owned)) => {
                self.cell.containers.missing_resources.forget(&first.uuid);
                self.judge(&owned).await
            }
            Ok(ContainerOwner::Gone(workspace)) => {
                self.end_leftovers(&workspace, first, containers).await;
                false
            }
            Ok(ContainerOwner::Unknown) => {
                self.counts().unknown.add_one();
                true
            }
            Err(failure) => {
                self.warn_of(first, &failure);
                false
            }
        }
    }

    /// Ends the containers of a workspace's resource if the image of one has a forbidden label.
    async fn judge(&self, owned: &OwnedContainers) -> bool {
        let OwnedContainers { workspace, coolify, resource, host, containers } = owned;
        let mut is_known = true;
        for (place, container) in containers.iter().enumerate() {
            match coolify.foreign_label(host, resource, container).await {
                Ok(None) => {}
                Ok(Some(label)) => {
                    let mut seen = containers.clone();
                    seen.rotate_left(place);
                    // Boxed because the future is large.
                    let ending = Box::pin(workspace.end_rejected(host, resource, &seen, &label));
                    self.count(ending.await);
                    // One that is started again must be seen again.
                    return false;
                }
                Err(_) => is_known = false,
            }
        }
        is_known
    }

    /// Ends routed containers of a resource that Coolify no longer has, once it has been missing for long enough: a
    /// deletion can miss a container.
    async fn end_leftovers(&self, workspace: &Workspace, first: &Running, all: &[Running]) {
        let missing_for = self.cell.containers.missing_resources.note(&first.uuid);
        let is_left_over = |time| time >= self.platform.settings().left_over_after;
        if !missing_for.is_some_and(is_left_over) {
            let gone = Failure::not_found("Coolify does not have the resource.");
            return self.warn_of(first, &gone);
        }
        let (host, own) = OnHost::with_seen(&self.host, &first.uuid, all);
        let mut routed = Vec::new();
        for container in own {
            if self.is_routed(&container).await {
                routed.push(container);
            }
        }
        if routed.is_empty() {
            self.counts().unknown.add_one();
            return;
        }
        let ended = workspace.end_containers(&host.urgently(), &routed).await;
        self.count(ended);
        let (slug, outcome) = (workspace.slug(), ended.outcome());
        tracing::warn!(
            workspace = %slug, resource = %first.uuid, outcome,
            "the proxy acts on a leftover container because of a label of its image",
        );
        workspace.note_ending(&first.uuid, outcome).await;
    }

    /// Returns whether the image of a container brings a label for a proxy, or more labels than are read.
    async fn is_routed(&self, container: &OwnContainer) -> bool {
        match self.host.inherited_labels(container.id()).await {
            Ok(Inherited::Labels(labels)) => labels.keys().any(|key| {
                matches!(
                    LabelReader::for_label(key),
                    Some(LabelReader::Traefik | LabelReader::Caddy)
                )
            }),
            Ok(Inherited::TooMany) => true,
            Err(_) => false,
        }
    }

    fn count(&self, ended: EndedContainers) {
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        self.counts().stopped.add(number(ended.ended));
        self.counts().unstopped.add(number(ended.left));
    }

    fn warn_of(&self, one: &Running, failure: &Failure) {
        if matches!(failure.kind, Kind::NotFound | Kind::Forbidden) {
            self.counts().unknown.add_one();
        }
        tracing::warn!(
            resource = %one.uuid, %failure,
            "a container of an unknown owner has an image label that the proxy or Coolify acts on",
        );
    }

    pub(super) fn counts(&self) -> &WatchCounts {
        self.platform.watch_counts()
    }
}
