//! The limit on concurrent calls of a workspace.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::{Failure, Kind, WorkspaceId};
use parking_lot::Mutex;

/// The number of running calls, by workspace.
#[derive(Debug, Default)]
pub(crate) struct Permits(Mutex<HashMap<WorkspaceId, usize>>);

/// The permit of one running call, returned when it is dropped.
pub(crate) struct Permit<'a> {
    permits: &'a Permits,
    workspace: WorkspaceId,
}

impl Permits {
    /// Returns a permit for one more call of this workspace.
    ///
    /// # Errors
    ///
    /// Limited if `max` calls of the workspace are running.
    pub(crate) fn take(&self, workspace: &WorkspaceId, max: usize) -> Result<Permit<'_>, Failure> {
        let mut counts = self.0.lock();
        let running = counts.entry(workspace.clone()).or_default();
        if *running >= max {
            let message = format!("{running} calls of this workspace are already running.");
            return Err(Failure::new(Kind::Limited, message)
                .hint("Wait until some of them have finished.")
                .retry_after(Duration::from_secs(1)));
        }
        *running += 1;
        Ok(Permit { permits: self, workspace: workspace.clone() })
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut counts = self.permits.0.lock();
        match counts.get_mut(&self.workspace) {
            Some(running) if *running > 1 => *running -= 1,
            _ => drop(counts.remove(&self.workspace)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_permits_per_workspace_and_takes_them_back() {
        let permits = Permits::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = permits.take(&mark, 1).ok();
        assert_eq!(permits.take(&mark, 1).err().map(|f| f.kind), Some(Kind::Limited));
        assert!(permits.take(&justine, 1).is_ok());
        drop(first);
        assert!(permits.take(&mark, 1).is_ok());
    }
}
