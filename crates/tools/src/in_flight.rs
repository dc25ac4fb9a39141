//! How many calls of each workspace run at this moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use covibe_domain::{Failure, Kind, WorkspaceId};

/// The calls that run, by workspace.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Mutex<HashMap<WorkspaceId, usize>>);

/// One of the calls that a workspace may run at once; given back when it is dropped.
pub(crate) struct Place<'a> {
    in_flight: &'a InFlight,
    workspace: WorkspaceId,
}

impl InFlight {
    /// A place for one more call of this workspace, of which at most `max` run at once.
    pub(crate) fn take(&self, workspace: &WorkspaceId, max: usize) -> Result<Place<'_>, Failure> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = counts.entry(workspace.clone()).or_default();
        if *running >= max {
            let message = format!("{running} calls of this workspace are running already.");
            return Err(Failure::new(Kind::Limited, message)
                .hint("Wait for some of them to end.")
                .retry_after(Duration::from_secs(1)));
        }
        *running += 1;
        Ok(Place { in_flight: self, workspace: workspace.clone() })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut counts = self.in_flight.0.lock().unwrap_or_else(PoisonError::into_inner);
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
    fn places_are_counted_for_each_workspace_and_given_back() {
        let in_flight = InFlight::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = in_flight.take(&mark, 1).ok();
        assert_eq!(in_flight.take(&mark, 1).err().map(|f| f.kind), Some(Kind::Limited));
        assert!(in_flight.take(&justine, 1).is_ok());
        drop(first);
        assert!(in_flight.take(&mark, 1).is_ok());
    }
}
