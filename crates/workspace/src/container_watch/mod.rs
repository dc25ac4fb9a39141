//! The watch of containers that Coolify starts by itself, or after a call has ended.
//!
//! A container's image may bring labels by which the host's proxy routes another tenant's host to it. When a
//! container starts, and every few seconds, the containers of each docker host are listed by one call, and those that
//! were not seen before are judged. The first label that a container may not have ends all containers of its resource.
//! [`ContainerWatch`] owns the tasks, one for each host; whoever runs a server owns it and ends it. Several servers may watch the same hosts: a container is stopped once, and judged by each.
//!
//! Calls judge the deployments and starts that they follow; the watch judges all others. It finds the workspace by
//! the slug in Coolify's label, for which the store shows one row, and acts only if the workspace's project has the
//! resource, or Coolify no longer has one with its uuid (`cells/containers/missing_resources.rs`). A round begins when
//! Docker reports the start of a container (`round_pauses`): the host's gate waits for its events, from the moment on up to
//! which they are known. This wait gives the background's session back to calls that need it. A round only looks at labels
//! (`watch_round`); each suspicious resource has a task of its own (`suspect_containers`), with a share of the rate budget for each
//! workspace, so that no tenant's containers delay others'. The store keeps rejected content, and every
//! start of the scoped client compares with it (`scoped/coolify/rejected_versions.rs`).

mod check_schedule;
mod owner;
mod round_pauses;
mod suspect_containers;
mod watch_round;

use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_docker_host::DockerHost;
use covibe_domain::{Failure, Kind, boxed};
use tokio::task::JoinSet;

use self::check_schedule::Agenda;
use self::round_pauses::{Pace, SHORT_PAUSE};
use self::suspect_containers::{Suspects, WatchContext};
use self::watch_round::NextRound;
use crate::cells::Cell;
use crate::platform::Platform;

/// The longest pause before a failing host is checked again.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The tasks that watch the containers of the docker hosts of all cells; none without a docker host. They end
/// when it is dropped.
#[derive(Debug)]
pub struct ContainerWatch(JoinSet<()>);

impl ContainerWatch {
    /// Starts to watch. Requires a Tokio runtime.
    pub fn begin(platform: &Arc<Platform>) -> Self {
        let mut tasks = JoinSet::new();
        for (cell, host) in platform.cells().docker_hosts() {
            let platform = Arc::clone(platform);
            let start = move || watch(Arc::clone(&platform), Arc::clone(&cell), host.clone());
            tasks.spawn(run_with_restarts("containers", start));
        }
        Self(tasks)
    }

    /// Ends the tasks. A stop that was requested is carried out by docker all the same.
    #[boxed]
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

impl Platform {
    /// Looks at the containers of all docker hosts once, as [`ContainerWatch`] does.
    ///
    /// # Errors
    ///
    /// If a host does not list the running containers.
    pub async fn look_at_containers(self: &Arc<Self>) -> Result<(), Failure> {
        for (cell, host) in self.cells().docker_hosts() {
            let place =
                WatchContext { platform: Arc::clone(self), cell, host: host.in_background() };
            let mut suspects = Suspects::default();
            place.make_round(&mut Agenda::default(), &mut suspects).await?;
            suspects.wait_for_all().await;
        }
        Ok(())
    }
}

async fn watch(platform: Arc<Platform>, cell: Arc<Cell>, host: DockerHost) {
    let usual = platform.settings().container_watch;
    let place = WatchContext { platform, cell, host: host.in_background() };
    let (mut pause, mut agenda, mut suspects) = (usual, Agenda::default(), Suspects::default());
    let mut pauses = Pace::default();
    loop {
        pauses.pause(&place.host, pause).await;
        pause = match place.make_round(&mut agenda, &mut suspects).await {
            Ok(NextRound::Usual) => usual,
            Ok(NextRound::Soon) => usual.min(SHORT_PAUSE),
            // Agents use it at the moment, which is no reason to look less often.
            Err(failure) if failure.kind == Kind::Limited => usual,
            Err(_) => (pause * 2).min(LONGEST_PAUSE).max(usual),
        };
    }
}
