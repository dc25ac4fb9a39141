//! The facts about a container on which a verdict rests.

use covibe_docker_host::{ContainerId, Health, Status};

use crate::container_access::InspectedContainer;

/// A container, as docker showed it.
#[derive(Clone, Debug)]
pub(super) struct ContainerState<K> {
    /// Its id, which no other container has.
    pub(super) id: K,
    /// Its service in the compose file; its name for what has one container.
    pub(super) service: String,
    /// Its state.
    pub(super) status: Status,
    /// The exit code of its last run; 0 while it runs.
    pub(super) exit_code: i64,
    /// The answer of its health check; `None` without one.
    pub(super) health: Option<Health>,
    /// The number of times that Docker started it again.
    pub(super) restarts: u64,
}

impl From<&InspectedContainer> for ContainerState<ContainerId> {
    fn from(held: &InspectedContainer) -> Self {
        let state = &held.state;
        Self {
            id: held.container.id().clone(),
            service: held.container.service().to_owned(),
            status: state.status,
            exit_code: state.exit_code,
            health: state.health,
            restarts: state.restart_count,
        }
    }
}

/// The things that Docker says against containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ContainerFault {
    /// Docker waits before it starts one again, after [`MAX_RESTARTS`] restarts or more.
    Loops,
    /// One that runs once ended with an error.
    JobFailed,
    /// One ended with an error, and Docker does not start it again.
    Ended,
}

/// A container that Docker restarted this often is in a crash loop, if it does not stay up then. An app may
/// crash a few times until its database is up.
const MAX_RESTARTS: u64 = 3;

impl ContainerFault {
    /// Returns what Docker says against a container; `is_job` if its service is to end by itself.
    pub(super) fn from_state<K>(state: &ContainerState<K>, is_job: bool) -> Option<Self> {
        match state.status {
            Status::Exited if state.exit_code != 0 && is_job => Some(Self::JobFailed),
            Status::Exited if state.exit_code != 0 => Some(Self::Ended),
            Status::Restarting if state.restarts >= MAX_RESTARTS => Some(Self::Loops),
            _ => None,
        }
    }
}
