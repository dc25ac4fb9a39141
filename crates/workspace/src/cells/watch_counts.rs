//! Counts of the watch of containers.

use covibe_domain::counters::Count;

/// Counts of the watch of containers since the server started.
#[derive(Debug, Default)]
pub struct WatchCounts {
    /// The number of scans of hosts that succeeded.
    pub looked: Count,
    /// The number of scans of hosts that failed.
    pub failed: Count,
    /// The number of containers that were stopped because of a label of their image.
    pub stopped: Count,
    /// The number of containers that run on, because stopping them failed.
    pub unstopped: Count,
    /// The number of times that a container with such a label was seen that belongs to no workspace of this server, and
    /// was left alone.
    pub unknown: Count,
}
