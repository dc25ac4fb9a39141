//! What speaks against a container.

use covibe_docker_host::Status;

use super::started::Shown;

/// What docker says against containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Docker waits before it starts one again, after [`MAX_RESTARTS`] restarts or more.
    Loops,
    /// One that runs once ended with an error.
    JobFailed,
    /// One ended with an error, and docker does not start it again.
    Ended,
}

/// A container that docker restarted this often is in a crash loop, if it does not stay up then. An app may
/// crash a few times until its database is up.
const MAX_RESTARTS: u64 = 3;

impl Fault {
    /// Returns what docker says against a container; `is_job` if its service is to end by itself.
    pub(super) fn of<K>(state: &Shown<K>, is_job: bool) -> Option<Self> {
        match state.status {
            Status::Exited if state.exit_code != 0 && is_job => Some(Self::JobFailed),
            Status::Exited if state.exit_code != 0 => Some(Self::Ended),
            Status::Restarting if state.restarts >= MAX_RESTARTS => Some(Self::Loops),
            _ => None,
        }
    }
}
