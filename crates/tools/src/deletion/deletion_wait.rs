//! Waiting until Coolify has deleted something.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};
use covibe_workspace::{Coolify, Workspace};

/// The longest wait for a deletion. Docker gives a container 30 seconds to stop.
const MAX_WAIT: Duration = Duration::from_secs(35);

/// The first and the longest pause between two checks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(150), Duration::from_secs(2));

/// Waits until something is gone that Coolify deletes or ends, within the call's deadline. Returns
/// whether it is gone.
///
/// A failed check says nothing: the next check may succeed.
pub(crate) async fn follow<F: Future<Output = Result<bool, Failure>>>(
    cx: &Workspace,
    is_there: impl Fn() -> F,
) -> bool {
    let end = Instant::now() + max_wait(cx.deadline());
    let (mut pause, longest) = PAUSES;
    loop {
        if let Ok(false) = is_there().await {
            // A list that was fetched meanwhile still has it.
            drop(cx.coolify().await.map(Coolify::refreshed));
            return true;
        }
        if Instant::now() + pause >= end {
            return false;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Waits until what a failed creation left is gone.
///
/// # Errors
///
/// Timeout if it is still there at the end.
pub(crate) async fn until_gone<F: Future<Output = Result<bool, Failure>>>(
    cx: &Workspace,
    is_there: impl Fn() -> F,
) -> Result<(), Failure> {
    let left = || Failure::new(Kind::Timeout, "Coolify is still deleting the remaining parts.");
    follow(cx, is_there).await.then_some(()).ok_or_else(left)
}

/// Returns the longest wait. A third of the remaining time is left for a slow check and the answer.
pub(crate) fn max_wait(deadline: Instant) -> Duration {
    (deadline.saturating_duration_since(Instant::now()) * 2 / 3).min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_wait_leaves_time_before_the_deadline_for_the_answer() {
        assert!(max_wait(Instant::now() + Duration::from_secs(45)) <= Duration::from_secs(30));
        assert_eq!(max_wait(Instant::now() + Duration::from_hours(1)), MAX_WAIT);
        assert_eq!(max_wait(Instant::now()), Duration::ZERO);
    }
}
