//! The commands that a cell's workspaces run in their containers, and the limit on concurrent ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::turns::Turns;

/// The maximum number of commands that run without their clients, of all workspaces of a cell together: each occupies one
/// of the 8 sessions that calls have on a docker host, for up to an hour.
const MAX_DETACHED: usize = 4;

/// The state of a cell's commands.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    /// The commands that are running in containers.
    pub(crate) running: RunningCommands,
    /// The turns to search a whole log, which is a long command on a docker host.
    pub(crate) log_searches: Turns<WorkspaceId>,
}

/// The number of running commands, by workspace.
#[derive(Clone, Debug)]
pub(crate) struct RunningCommands {
    counts: Arc<Mutex<HashMap<WorkspaceId, usize>>>,
    detached: Arc<Semaphore>,
}

/// The permit to run one command, until it is dropped.
#[derive(Debug)]
pub struct ExecPermit {
    running: RunningCommands,
    workspace: WorkspaceId,
}

/// The permit to run one command without its client, until it is dropped.
#[derive(Debug)]
pub(crate) struct DetachedPermit {
    _of_workspace: ExecPermit,
    _of_cell: OwnedSemaphorePermit,
}

impl Default for RunningCommands {
    fn default() -> Self {
        Self { counts: Arc::default(), detached: Arc::new(Semaphore::new(MAX_DETACHED)) }
    }
}

impl RunningCommands {
    /// Returns a permit for one more command of a workspace, which may run `most` at once.
    pub(crate) fn permit(
        &self,
        workspace: &WorkspaceId,
        most: usize,
    ) -> Result<ExecPermit, Failure> {
        let mut counts = self.counts.lock();
        let count = counts.entry(workspace.clone()).or_default();
        if *count >= most {
            let message = format!("{most} commands of the workspace run at the same time already.");
            return Err(Failure::new(Kind::Limited, message)
                .hint("Nothing was run. Repeat the call when one of them has ended.")
                .retry_after(Duration::from_secs(2)));
        }
        *count += 1;
        Ok(ExecPermit { running: self.clone(), workspace: workspace.clone() })
    }

    /// Returns a permit for one more command without its client.
    pub(crate) fn detached_permit(
        &self,
        workspace: &WorkspaceId,
        most: usize,
    ) -> Result<DetachedPermit, Failure> {
        let of_workspace = self.permit(workspace, most)?;
        let of_cell = Arc::clone(&self.detached).try_acquire_owned().map_err(|_| no_place())?;
        Ok(DetachedPermit { _of_workspace: of_workspace, _of_cell: of_cell })
    }
}

/// The places for commands without clients are taken.
fn no_place() -> Failure {
    Failure::new(Kind::Limited, "The server runs as many detached commands as it may.")
        .hint("Nothing was run. Repeat the call without detach, or in a few minutes.")
        .retry_after(Duration::from_mins(1))
}

impl Drop for ExecPermit {
    fn drop(&mut self) {
        let mut counts = self.running.counts.lock();
        let left = counts.get(&self.workspace).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            counts.remove(&self.workspace);
        } else {
            counts.insert(self.workspace.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_runs_a_bounded_number_of_commands_at_once() {
        let running = RunningCommands::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = running.permit(&mark, 2).unwrap();
        let second = running.permit(&mark, 2).unwrap();
        assert_eq!(running.permit(&mark, 2).unwrap_err().kind, Kind::Limited);
        assert!(running.permit(&justine, 2).is_ok(), "another workspace's are its own");
        drop(first);
        assert!(running.permit(&mark, 2).is_ok());
        drop(second);
        assert!(running.counts.lock().is_empty(), "nothing is kept of a workspace that runs none");
    }

    #[test]
    fn commands_without_clients_leave_sessions_to_others() {
        let running = RunningCommands::default();
        let ids = (0..=MAX_DETACHED).map(|number| format!("ws_number{number}").parse().unwrap());
        let permits: Vec<_> = ids.map(|id: WorkspaceId| running.detached_permit(&id, 4)).collect();
        let refused: Vec<_> = permits.iter().filter_map(|it| it.as_ref().err()).collect();
        assert_eq!(refused.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Limited]);
        drop(permits);
        assert!(running.counts.lock().is_empty());
        assert!(running.detached_permit(&"ws_mark".parse().unwrap(), 4).is_ok());
    }
}
