//! Deletes what is noted of a repository, and asks the servers to forget it.

use std::path::Path;

use serde::Serialize;

use crate::command_error::Problem;
use crate::home::CompanionHome;
use crate::inbox::Inbox;
use crate::queue::Queue;
use crate::repos::SentKey;

/// The things that were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// The number of events that no watcher had read.
    pub events: usize,
    /// The number of items that were not sent.
    pub items: usize,
    /// The number of servers and keys that are asked to forget.
    pub requests: usize,
}

/// Deletes what is noted of a repository, and queues the requests to forget it, which have no name.
///
/// # Errors
///
/// A problem if a request cannot be queued.
pub fn purge_repository(
    home: &CompanionHome,
    common_dir: &Path,
    sent: &[SentKey],
) -> Result<Purged, Problem> {
    let queue = Queue::new(home);
    let events = Inbox::new(home).purge(|record| record.common_dir == common_dir);
    let items = queue.purge(common_dir);
    for sent in sent {
        queue.add_forget(&sent.server, &sent.key).map_err(|error| {
            Problem::failure(format!("The deletion request cannot be stored: {error}."))
                .hint("Free some space on the disk, and run the command again.")
        })?;
    }
    Ok(Purged { events, items, requests: sent.len() })
}
