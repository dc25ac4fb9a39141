//! The limit on concurrent commands of a workspace in its containers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, WorkspaceId};
use parking_lot::Mutex;

/// The number of running commands, by workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Execs(Arc<Mutex<HashMap<WorkspaceId, usize>>>);

/// The permit to run one command, until it is dropped.
#[derive(Debug)]
pub struct ExecPermit {
    execs: Execs,
    workspace: WorkspaceId,
}

impl Execs {
    /// Returns a permit for one more command of a workspace, which may run `most` at once.
    pub(crate) fn permit(
        &self,
        workspace: &WorkspaceId,
        most: usize,
    ) -> Result<ExecPermit, Failure> {
        let mut counts = self.0.lock();
        let count = counts.entry(workspace.clone()).or_default();
        if *count >= most {
            let message = format!("{most} commands of the workspace run at the same time already.");
            return Err(Failure::new(Kind::Limited, message)
                .hint("Nothing was run. Repeat the call when one of them has ended.")
                .retry_after(Duration::from_secs(2)));
        }
        *count += 1;
        Ok(ExecPermit { execs: self.clone(), workspace: workspace.clone() })
    }
}

impl Drop for ExecPermit {
    fn drop(&mut self) {
        let mut counts = self.execs.0.lock();
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
        let execs = Execs::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = execs.permit(&mark, 2).unwrap();
        let second = execs.permit(&mark, 2).unwrap();
        assert_eq!(execs.permit(&mark, 2).unwrap_err().kind, Kind::Limited);
        assert!(execs.permit(&justine, 2).is_ok(), "another workspace's are its own");
        drop(first);
        assert!(execs.permit(&mark, 2).is_ok());
        drop(second);
        assert!(execs.0.lock().is_empty(), "nothing is kept of a workspace that runs none");
    }
}
