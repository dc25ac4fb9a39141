//! Turns of workspaces that search whole logs: each takes a session of the shared docker host for seconds.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use covibe_domain::WorkspaceId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The number of logs that a workspace searches at once. Further searches wait.
const AT_ONCE: usize = 2;

/// The searches that run or wait, by workspace.
#[derive(Debug, Default)]
pub(crate) struct LogSearches(Mutex<HashMap<WorkspaceId, Weak<Semaphore>>>);

/// The turn of one search, until it is dropped.
#[derive(Debug)]
pub struct LogSearchTurn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl LogSearches {
    /// Waits for the turn of one more search of a workspace.
    pub(crate) async fn turn(&self, workspace: &WorkspaceId) -> LogSearchTurn {
        let places = self.places(workspace);
        // Nobody closes them.
        LogSearchTurn { _permit: places.acquire_owned().await.ok() }
    }

    fn places(&self, workspace: &WorkspaceId) -> Arc<Semaphore> {
        let mut known = self.0.lock();
        known.retain(|_, places| places.strong_count() > 0);
        if let Some(places) = known.get(workspace).and_then(Weak::upgrade) {
            return places;
        }
        let places = Arc::new(Semaphore::new(AT_ONCE));
        known.insert(workspace.clone(), Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_further_search_of_a_workspace_waits_and_no_other_one() {
        let searches = LogSearches::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = searches.turn(&mark).await;
        let _second = searches.turn(&mark).await;
        assert!(searches.turn(&mark).now_or_never().is_none());
        let _other = searches.turn(&justine).await;
        drop(first);
        assert!(searches.turn(&mark).now_or_never().is_some());
    }
}
