//! What the watch of containers counted.

use covibe_domain::measure::Count;

/// What the watch of containers has counted since the server started.
#[derive(Debug, Default)]
pub struct WatchCounts {
    /// The looks at hosts that succeeded.
    pub looked: Count,
    /// Those that failed.
    pub failed: Count,
    /// The containers that were stopped for a label of their image.
    pub stopped: Count,
    /// Those that run on, because stopping them failed.
    pub unstopped: Count,
    /// The looks at containers with such a label that belong to no workspace of this server, and were left alone.
    pub unknown: Count,
}
