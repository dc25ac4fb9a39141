//! Looking again and again, gently, for as long as somebody waits.

use std::future::Future;
use std::time::{Duration, Instant};

use covibe_domain::Failure;
use covibe_workspace::Workspace;
use tokio::time::Instant as Moment;

/// How much of a call's time is left over for its answer, at most.
const REST: Duration = Duration::from_secs(5);

/// What a look came to.
pub(super) enum Seen<T> {
    /// This.
    This(T),
    /// Nothing for now: Coolify is slow, busy or away.
    Nothing,
    /// Nothing, and nothing later either.
    Never(Failure),
}

/// Looks at Coolify, again and again.
pub(super) struct Looks<'a> {
    cx: &'a Workspace,
    /// When the last one is over.
    until: Instant,
    /// How long to wait before the next one.
    wait: Duration,
    /// How long Coolify wants it to be.
    asked: Duration,
    told: usize,
}

impl<'a> Looks<'a> {
    /// Looks until shortly before the call ends.
    pub(super) fn new(cx: &'a Workspace) -> Self {
        let left = cx.deadline().saturating_duration_since(Instant::now());
        let until = Instant::now() + left.saturating_sub((left / 10).min(REST));
        Self { cx, until, wait: cx.settings().poll_interval, asked: Duration::ZERO, told: 0 }
    }

    /// Looks once.
    pub(super) async fn once<T>(
        &mut self,
        look: impl Future<Output = Result<T, Failure>>,
    ) -> Seen<T> {
        match tokio::time::timeout_at(Moment::from_std(self.until), look).await {
            Ok(Ok(seen)) => Seen::This(seen),
            Ok(Err(failure)) if failure.kind.retryable() => {
                self.asked = failure.retry_after.unwrap_or_default();
                Seen::Nothing
            }
            Ok(Err(failure)) => Seen::Never(failure),
            Err(_) => Seen::Nothing,
        }
    }

    /// Something new has begun: the next looks come sooner again.
    pub(super) fn begin_anew(&mut self) {
        self.wait = self.cx.settings().poll_interval;
    }

    /// Tells the one who waits what was seen.
    pub(super) fn tell(&mut self, message: impl Into<String>) {
        if let Some(progress) = &self.cx.client().progress {
            self.told += 1;
            progress.report(self.told, None, message.into());
        }
    }

    /// Waits for the time of the next look; whether there is one.
    pub(super) async fn again(&mut self) -> bool {
        let wait = self.wait.max(std::mem::take(&mut self.asked));
        self.wait = (self.wait * 5 / 4).min(self.cx.settings().poll_interval * 5 / 2);
        let next = Instant::now() + wait;
        let is_time = tokio::time::sleep_until(Moment::from_std(next.min(self.until)));
        tokio::select! {
            () = self.cx.client().gone.cancelled() => false,
            () = is_time => next < self.until,
        }
    }

    /// Why there are no more looks.
    pub(super) fn ended(&self) -> &'static str {
        if self.cx.client().gone.is_cancelled() {
            "Waiting was broken off, because newer calls wait or the server stops"
        } else {
            "It has not ended in the time that a call may wait"
        }
    }
}
