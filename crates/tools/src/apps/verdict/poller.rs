//! Polling Coolify at a moderate rate until the call's time runs out.

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
    /// The pause before the next poll.
    interval: Duration,
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
        let interval = cx.settings().poll_interval;
        Self { cx, until, interval, retry_after: Duration::ZERO, reported: 0 }
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

    /// Shortens the interval to its initial length, because something new has begun.
    pub(super) fn reset_interval(&mut self) {
        self.interval = self.cx.settings().poll_interval;
    }

    /// Sends the client a progress message if it asked for them.
    pub(super) fn report(&mut self, message: impl Into<String>) {
        if let Some(progress) = &self.cx.client().progress {
            self.reported += 1;
            progress.report(self.reported, None, message.into());
        }
    }

    /// Reports that Coolify did not answer.
    pub(super) fn report_unavailable(&mut self) {
        self.report("Coolify does not answer at the moment");
    }

    /// Waits for the next poll; returns whether there is time for one.
    pub(super) async fn wait(&mut self) -> bool {
        let pause = self.interval.max(std::mem::take(&mut self.retry_after));
        self.interval = (self.interval * 5 / 4).min(self.cx.settings().poll_interval * 5 / 2);
        let next = Instant::now() + pause;
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
