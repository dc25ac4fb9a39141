//! Polling Coolify at a moderate rate until the call's time runs out.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use covibe_domain::Failure;
use covibe_workspace::{Coolify, Workspace};
use tokio::time::Instant as Moment;

/// The largest part of a call's time that is reserved for its answer.
const MAX_RESERVE: Duration = Duration::from_secs(5);

/// The result of one poll.
pub(crate) enum Poll<T> {
    /// Coolify answered.
    Ready(T),
    /// Coolify is slow, busy or down; a later poll may succeed.
    Unavailable,
    /// A later poll fails too.
    Failed(Failure),
}

/// Polls Coolify for one call.
pub(crate) struct Poller<'a> {
    cx: &'a Workspace,
    coolify: &'a Coolify,
    /// When polling ends.
    until: Instant,
    /// When the current phase of what it waits for began.
    phase: Instant,
    /// The pause that Coolify asked for.
    retry_after: Duration,
    /// When Coolify is to be asked again.
    due: Instant,
}

impl<'a> Poller<'a> {
    /// Creates a poller that ends shortly before the call's deadline.
    pub(crate) fn new(cx: &'a Workspace, coolify: &'a Coolify) -> Self {
        let left = cx.deadline().saturating_duration_since(Instant::now());
        let until = Instant::now() + left.saturating_sub((left / 10).min(MAX_RESERVE));
        let start = Instant::now();
        let retry_after = Duration::ZERO;
        Self { cx, coolify, until, phase: start, retry_after, due: start }
    }

    /// Polls once.
    pub(crate) async fn poll<T>(
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

    /// Returns the result of a change; `None` if it takes so long that there would be no time to look at
    /// what became of it.
    pub(crate) async fn run_in_time<T>(&self, change: impl Future<Output = T>) -> Option<T> {
        let left = self.until.saturating_duration_since(Instant::now());
        let most = left.saturating_sub((left / 4).min(MAX_RESERVE));
        tokio::time::timeout(most, change).await.ok()
    }

    /// Shortens the pauses to their initial length, because something new has begun.
    pub(crate) fn begin_phase(&mut self) {
        self.phase = Instant::now();
    }

    /// Tells the client what the call waits for, if it asked for progress.
    pub(crate) fn report(&self, waits_for: impl Display) {
        if let Some(progress) = &self.cx.client().progress {
            progress.report_wait(waits_for.to_string());
        }
    }

    /// Reports that Coolify did not answer.
    pub(crate) fn report_unavailable(&self) {
        self.report("Coolify does not answer at the moment");
    }

    /// Waits for the next poll; returns whether there is time for one.
    pub(crate) async fn wait(&mut self) -> bool {
        self.set_due();
        self.rest_until(self.due).await
    }

    /// Waits for the next look at a docker host, which costs none of Coolify's calls; returns whether there is time for
    /// one. If Coolify was asked just now, it is due again at this pace.
    pub(crate) async fn wait_for_host(&mut self, pace: Pace) -> bool {
        let first = self.cx.settings().poll_interval;
        if self.is_due() {
            let pause = pace.pause(self.phase.elapsed(), first);
            self.due = Instant::now() + pause.max(std::mem::take(&mut self.retry_after));
        }
        let look = Instant::now() + first * 3 / 2;
        self.rest_until(look.min(self.due)).await
    }

    /// Makes Coolify due now; returns whether there is time to ask it.
    pub(crate) fn hurry(&mut self) -> bool {
        self.due = Instant::now();
        self.due < self.until && !self.cx.client().gone.is_cancelled()
    }

    /// Returns whether Coolify is to be asked now.
    pub(crate) fn is_due(&self) -> bool {
        self.due <= Instant::now()
    }

    fn set_due(&mut self) {
        let (first, has_room) = (self.cx.settings().poll_interval, self.coolify.has_spare_calls());
        let pause = pause(self.phase.elapsed(), first, has_room);
        self.due = Instant::now() + pause.max(std::mem::take(&mut self.retry_after));
    }

    async fn rest_until(&self, next: Instant) -> bool {
        let is_time = tokio::time::sleep_until(Moment::from_std(next.min(self.until)));
        tokio::select! {
            () = self.cx.client().gone.cancelled() => false,
            () = is_time => next < self.until,
        }
    }

    /// Returns why polling ended.
    pub(crate) fn end_reason(&self) -> &'static str {
        if self.cx.client().gone.is_cancelled() {
            "The wait was interrupted, because newer calls are waiting or the server is stopping"
        } else {
            "The result was not known within the time that a call may wait"
        }
    }
}

/// Returns the pause before the next poll: an eighth of the time that it has taken so far, at least
/// `first`. While the rate budget has calls to spare, it is at most one and a half times `first`, so that
/// an end is noticed within a second. Otherwise it is at most ten times `first`, so that long waits cost
/// few calls.
fn pause(elapsed: Duration, first: Duration, has_room: bool) -> Duration {
    let most = if has_room { first + first / 2 } else { first * 10 };
    (elapsed / 8).clamp(first, most)
}

/// The pace at which Coolify is asked beside a docker host that answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// It was not seen to begin, which may last a second only.
    Awaited,
    /// It has begun, and only Coolify reports if it fails.
    UnderWay,
    /// Docker shows that it goes on, and will show its end.
    Shown,
    /// Docker has shown for this time that it ends.
    Ending(Duration),
}

impl Pace {
    /// Returns the pause before the next question, of something that goes on for `elapsed`.
    pub(crate) fn pause(self, elapsed: Duration, first: Duration) -> Duration {
        match self {
            Self::Awaited => (elapsed / 3).clamp(first * 2, first * 20),
            Self::UnderWay => (elapsed / 3).clamp(first * 8, first * 20),
            Self::Shown => (elapsed / 2).clamp(first * 20, first * 60),
            Self::Ending(since) => since.clamp(first, first * 20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);

    /// Returns the times of the polls in this time, when each takes a tenth of a second.
    fn polls(within: Duration, has_room: impl Fn(Duration) -> bool) -> Vec<Duration> {
        let next = |at: &Duration| {
            let pause = pause(*at, FIRST, has_room(*at));
            Some(*at + Duration::from_millis(100) + pause)
        };
        let polls = std::iter::successors(Some(Duration::ZERO), next);
        polls.take_while(|at| *at <= within).collect()
    }

    /// Returns how late an end is noticed at most that comes right after one of the polls.
    fn latest(polls: &[Duration]) -> Duration {
        polls.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or_default()
    }

    #[test]
    fn notices_an_end_within_a_second_while_the_rate_budget_has_room() {
        assert!(latest(&polls(Duration::from_mins(10), |_| true)) < Duration::from_secs(1));
    }

    #[test]
    fn notices_an_end_within_a_seventh_of_the_wait_when_the_budget_is_spent() {
        for pair in polls(Duration::from_mins(10), |_| false).windows(2) {
            let (missed, noticed) = (pair[0], pair[1]);
            let late = noticed.saturating_sub(missed);
            let allowed = Duration::from_secs(1).max(missed / 7);
            assert!(late <= allowed, "{late:?} after {missed:?}");
        }
    }

    #[test]
    fn a_long_wait_costs_few_calls_when_the_rate_budget_is_spent() {
        assert!(polls(Duration::from_mins(1), |_| false).len() <= 32);
        assert!(polls(Duration::from_mins(10), |_| false).len() <= 150);
    }

    #[test]
    fn polls_faster_again_once_the_rate_budget_has_room() {
        let spent_until = Duration::from_mins(5);
        let polls = polls(Duration::from_mins(10), |at| at > spent_until);
        let later: Vec<_> = polls.into_iter().filter(|at| *at > spent_until).collect();
        assert!(latest(&later) < Duration::from_secs(1));
    }

    #[test]
    fn coolify_is_polled_rarely_with_a_docker_host_and_more_often_before_a_start() {
        let questions = |within: Duration, pace: &dyn Fn(Duration) -> Pace| {
            let next = |at: &Duration| Some(*at + pace(*at).pause(*at, FIRST));
            let all = std::iter::successors(Some(Duration::ZERO), next);
            all.take_while(|at| *at <= within).collect::<Vec<_>>()
        };
        let awaited = questions(Duration::from_secs(30), &|_| Pace::Awaited);
        assert!(awaited.len() <= 12, "{awaited:?}");
        assert!(latest(&awaited[..5]) <= Duration::from_secs(1), "{awaited:?}");
        let under_way = questions(Duration::from_mins(1), &|_| Pace::UnderWay);
        assert!(under_way.len() <= 12, "{under_way:?}");
        assert!(latest(&under_way[..5]) <= Duration::from_secs(4), "{under_way:?}");
        let shown = questions(Duration::from_secs(93), &|_| Pace::Shown);
        assert!(shown.len() <= 7, "{shown:?}");
        let ending = questions(Duration::from_secs(10), &|since| Pace::Ending(since));
        assert!(ending.len() <= 7, "{ending:?}");
    }
}
