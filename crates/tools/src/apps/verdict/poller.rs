//! Polling Coolify at a moderate rate until the call's time runs out.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use covibe_domain::Failure;
use covibe_workspace::Workspace;
use tokio::time::Instant as Moment;

/// The largest part of a call's time that is reserved for its answer.
const MAX_RESERVE: Duration = Duration::from_secs(5);

/// The result of one poll.
pub(super) enum Poll<T> {
    /// Coolify answered.
    Ready(T),
    /// Coolify is slow, busy or down; a later poll may succeed.
    Unavailable,
    /// A later poll fails too.
    Failed(Failure),
}

/// Polls Coolify for one call.
pub(super) struct Poller<'a> {
    cx: &'a Workspace,
    /// When polling ends.
    until: Instant,
    /// When the call began to wait.
    start: Instant,
    /// When the present phase of what it waits for began.
    phase: Instant,
    /// The pause that Coolify asked for.
    retry_after: Duration,
    /// How many progress messages were sent.
    reported: usize,
}

impl<'a> Poller<'a> {
    /// Creates a poller that ends shortly before the call's deadline.
    pub(super) fn new(cx: &'a Workspace) -> Self {
        let left = cx.deadline().saturating_duration_since(Instant::now());
        let until = Instant::now() + left.saturating_sub((left / 10).min(MAX_RESERVE));
        let start = Instant::now();
        Self { cx, until, start, phase: start, retry_after: Duration::ZERO, reported: 0 }
    }

    /// Polls once.
    pub(super) async fn poll<T>(
        &mut self,
        read: impl Future<Output = Result<T, Failure>>,
    ) -> Poll<T> {
        match tokio::time::timeout_at(Moment::from_std(self.until), read).await {
            Ok(Ok(read)) => Poll::Ready(read),
            Ok(Err(failure)) if failure.is_retryable() => {
                self.retry_after = failure.retry_after.unwrap_or_default();
                Poll::Unavailable
            }
            Ok(Err(failure)) => Poll::Failed(failure),
            Err(_) => Poll::Unavailable,
        }
    }

    /// Shortens the pauses to their initial length, because something new has begun.
    pub(super) fn begin_phase(&mut self) {
        self.phase = Instant::now();
    }

    /// Tells the client what the call waits for, and for how long by now, if it asked for progress.
    pub(super) fn report(&mut self, waits_for: impl Display) {
        if let Some(progress) = &self.cx.client().progress {
            self.reported += 1;
            let message = format!("{waits_for}; {} s", self.start.elapsed().as_secs());
            progress.report(self.reported, None, message);
        }
    }

    /// Reports that Coolify did not answer.
    pub(super) fn report_unavailable(&mut self) {
        self.report("Coolify does not answer at the moment");
    }

    /// Waits for the next poll; returns whether there is time for one.
    pub(super) async fn wait(&mut self) -> bool {
        let pause = pause(self.phase.elapsed(), self.cx.settings().poll_interval);
        let next = Instant::now() + pause.max(std::mem::take(&mut self.retry_after));
        let is_time = tokio::time::sleep_until(Moment::from_std(next.min(self.until)));
        tokio::select! {
            () = self.cx.client().gone.cancelled() => false,
            () = is_time => next < self.until,
        }
    }

    /// Returns why polling ended.
    pub(super) fn end_reason(&self) -> &'static str {
        if self.cx.client().gone.is_cancelled() {
            "The wait was interrupted, because newer calls wait or the server is stopping"
        } else {
            "There was no verdict within the time that a call may wait"
        }
    }
}

/// Returns the pause before the next poll: an eighth of the time that it has taken so far, so that what
/// ends soon is noticed soon and long waits cost few calls; at least `first` and at most ten times that.
fn pause(elapsed: Duration, first: Duration) -> Duration {
    (elapsed / 8).clamp(first, first * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);

    /// Returns the times of the polls in this time, when each takes a tenth of a second.
    fn polls(within: Duration) -> Vec<Duration> {
        let next = |at: &Duration| Some(*at + Duration::from_millis(100) + pause(*at, FIRST));
        let polls = std::iter::successors(Some(Duration::ZERO), next);
        polls.take_while(|at| *at <= within).collect()
    }

    #[test]
    fn notices_an_end_within_a_second_at_first_and_within_a_seventh_later() {
        for pair in polls(Duration::from_mins(10)).windows(2) {
            let (missed, noticed) = (pair[0], pair[1]);
            let late = noticed.saturating_sub(missed);
            let allowed = Duration::from_secs(1).max(missed / 7);
            assert!(late <= allowed, "{late:?} after {missed:?}");
        }
    }

    #[test]
    fn a_long_wait_costs_few_calls() {
        assert!(polls(Duration::from_mins(1)).len() <= 32);
        assert!(polls(Duration::from_mins(10)).len() <= 150);
    }
}
