//! The messages of commits, which never change.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, WorkspaceId};
use covibe_upstream::SingleFlights;

/// The time for which the messages of a branch are cached.
const LIFETIME: Duration = Duration::from_hours(1);

/// The time that an answer waits for Gitea.
const PATIENCE: Duration = Duration::from_secs(2);

/// The maximum number of cached branches; beyond it all are evicted, which costs two requests each.
const CAPACITY: usize = 1_024;

/// The first lines of the messages of commits, by their full hashes: at most 50 KiB a branch.
pub(crate) type Messages = Arc<HashMap<String, String>>;

/// The recent messages, by the workspace, the number of its repository, and the commit at the branch's tip.
#[derive(Debug)]
pub(crate) struct CommitMessages(SingleFlights<(WorkspaceId, i64, String), Messages, Failure>);

impl Default for CommitMessages {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl CommitMessages {
    /// Returns the messages of the commits up to a tip according to `read`; empty if Gitea does not answer.
    pub(crate) async fn up_to(
        &self,
        (workspace, repository, tip): (&WorkspaceId, i64, &str),
        read: impl Future<Output = Result<HashMap<String, String>, Failure>> + Send,
    ) -> Messages {
        let key = (workspace.clone(), repository, tip.to_owned());
        let read = async { read.await.map(Arc::new) };
        let found = tokio::time::timeout(PATIENCE, Box::pin(self.0.get(&key, Box::pin(read))));
        found.await.ok().and_then(Result::ok).unwrap_or_default()
    }
}
