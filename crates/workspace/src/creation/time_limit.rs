//! Ending a creation or a removal that takes too long, while there is time to say how far it came.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};

use crate::workspace::Workspace;

/// The maximum time that is reserved for reporting how far a creation came.
const MARGIN: Duration = Duration::from_secs(2);

/// Returns when a creation or a removal is left to the next call: shortly before the call's deadline,
/// after which nothing could be reported.
pub(crate) fn work_deadline(cx: &Workspace) -> Instant {
    let left = cx.deadline().saturating_duration_since(Instant::now());
    Instant::now() + left.saturating_sub(MARGIN.min(left / 10))
}

/// Awaits work until `end`, then fails with `timeout`.
pub(super) async fn in_time<T>(
    end: Instant,
    work: impl Future<Output = Result<T, Failure>>,
    timeout: Failure,
) -> Result<T, Failure> {
    tokio::time::timeout_at(end.into(), work).await.unwrap_or(Err(timeout))
}

/// The failure of a creation that timed out before it requested anything.
pub(super) fn timeout() -> Failure {
    Failure::new(Kind::Timeout, "The upstreams took too long for this call to finish.")
        .hint("Nothing was changed. Retry with backoff: wait longer each time.")
}
