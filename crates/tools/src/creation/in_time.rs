//! The end of a creation that takes too long.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};

use crate::context::Workspace;

/// How much of a call's time is kept, at most, for telling how far a creation came.
const MARGIN: Duration = Duration::from_secs(2);

/// When a creation that has not come to its end is left for the next call: a moment before the call
/// is broken off, which would leave nobody to say so.
pub(super) fn end(cx: &Workspace) -> Instant {
    let left = cx.deadline().saturating_duration_since(Instant::now());
    Instant::now() + left.saturating_sub(MARGIN.min(left / 10))
}

/// Does it until then, or fails like this.
pub(super) async fn in_time<T>(
    end: Instant,
    doing: impl Future<Output = Result<T, Failure>>,
    slow: Failure,
) -> Result<T, Failure> {
    tokio::time::timeout_at(end.into(), doing).await.unwrap_or(Err(slow))
}

/// What it fails like where nothing has been asked for yet.
pub(super) fn slow() -> Failure {
    Failure::new(Kind::Timeout, "The upstreams took too long for this call to come to its end.")
        .hint("Nothing was changed. Retry with backoff: wait longer each time.")
}
