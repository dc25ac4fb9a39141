//! Statistics of the calls to an upstream: their number by outcome, their durations, and whether
//! the last one worked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use covibe_domain::counters::{Count, Distribution, Durations};
use parking_lot::Mutex;

use crate::error::Cause;

/// The outcome of one attempt at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// An answer came.
    Ok,
    /// The upstream refused it because of what it asks for.
    Refused,
    /// The upstream's rate limit is exceeded, or its queue is full.
    Limited,
    /// The upstream rejected our credentials, or its operator has to change something.
    Barred,
    /// The upstream failed.
    Failed,
    /// Something in front of the upstream answered.
    Foreign,
    /// The answer can't be used: malformed, too large, or about something else. If the whole answer had come,
    /// it is counted as [`AttemptOutcome::Ok`], too.
    Unreadable,
    /// No answer came in time.
    Timeout,
    /// No connection could be opened.
    Unreachable,
    /// The connection ended before the answer did.
    Dropped,
    /// Our own memory for answers was used up.
    Crowded,
    /// It was not sent: our own rate budget was used up.
    NotSent,
    /// Nobody was still waiting for it.
    Abandoned,
}

impl AttemptOutcome {
    /// All outcomes.
    pub const ALL: [Self; 13] = [
        Self::Ok,
        Self::Refused,
        Self::Limited,
        Self::Barred,
        Self::Failed,
        Self::Foreign,
        Self::Unreadable,
        Self::Timeout,
        Self::Unreachable,
        Self::Dropped,
        Self::Crowded,
        Self::NotSent,
        Self::Abandoned,
    ];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Limited => "limited",
            Self::Barred => "barred",
            Self::Failed => "failed",
            Self::Foreign => "foreign",
            Self::Unreadable => "unreadable",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Dropped => "dropped",
            Self::Crowded => "crowded",
            Self::NotSent => "not_sent",
            Self::Abandoned => "abandoned",
        }
    }

    pub(super) const fn from_cause(cause: &Cause) -> Self {
        match cause {
            Cause::Refused(_)
            | Cause::NotFound
            | Cause::UnknownName { .. }
            | Cause::Renamed { .. }
            | Cause::Unsupported
            | Cause::Conflict(_) => Self::Refused,
            Cause::Limited { ours: true, .. } => Self::NotSent,
            Cause::Limited { ours: false, .. } | Cause::QueueFull => Self::Limited,
            Cause::Unauthorized | Cause::Operator(_) | Cause::Barred { .. } => Self::Barred,
            Cause::Failed { .. } => Self::Failed,
            Cause::Foreign { .. } | Cause::Elsewhere => Self::Foreign,
            Cause::Malformed | Cause::Mistaken | Cause::TooLarge => Self::Unreadable,
            Cause::TimedOut => Self::Timeout,
            Cause::Unreachable => Self::Unreachable,
            Cause::Dropped => Self::Dropped,
            Cause::Crowded { .. } => Self::Crowded,
        }
    }

    /// Returns whether the upstream worked; `None` if the outcome says nothing about it.
    const fn works(self) -> Option<bool> {
        match self {
            Self::Ok | Self::Refused => Some(true),
            Self::Crowded | Self::NotSent | Self::Abandoned => None,
            _ => Some(false),
        }
    }
}

/// Statistics of the calls to one upstream. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct CallStatistics(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    ended: [Count; AttemptOutcome::ALL.len()],
    durations: Durations,
    /// The time of the last call whose outcome says whether the upstream works, and whether it did.
    last: Mutex<Option<(Instant, bool)>>,
    /// The lead of its clock over ours at its last answer, in milliseconds.
    ahead: Mutex<Option<i64>>,
}

impl CallStatistics {
    /// Returns the number of attempts by outcome.
    pub fn count_by_outcome(&self) -> impl Iterator<Item = (AttemptOutcome, u64)> {
        AttemptOutcome::ALL.into_iter().zip(self.0.ended.iter().map(Count::get))
    }

    /// Returns the durations of the attempts that were sent, without their wait for the rate
    /// budget.
    pub fn durations(&self) -> Distribution {
        self.0.durations.read()
    }

    /// Returns how long ago the last call ended, and whether it worked: the upstream answered, be it with a
    /// refusal of what was asked for.
    pub fn last(&self) -> Option<(Duration, bool)> {
        self.0.last.lock().map(|(at, worked)| (at.elapsed(), worked))
    }

    /// Returns the lead of the upstream's clock over ours at its last answer, in milliseconds; negative if it was behind.
    /// It is read from the `Date` header, which has whole seconds.
    pub fn ahead(&self) -> Option<i64> {
        *self.0.ahead.lock()
    }

    /// Notes the `Date` of an answer that arrived now.
    pub(super) fn note_date(&self, date: &str) {
        if let Ok(date) = httpdate::parse_http_date(date) {
            let ahead = Timestamp::from(date).as_millis() - Timestamp::now().as_millis();
            *self.0.ahead.lock() = Some(ahead);
        }
    }

    /// Begins to observe an attempt that is sent now.
    pub fn begin(&self) -> Attempt<'_> {
        Attempt { observed: self, begun: Instant::now(), ended: AttemptOutcome::Abandoned }
    }

    /// Notes a call that was not sent.
    pub(super) fn not_sent(&self) {
        self.count(AttemptOutcome::NotSent);
    }

    /// Notes that the answer to a call, which was counted as [`AttemptOutcome::Ok`], can't be used.
    pub(super) fn cannot_use(&self) {
        self.count(AttemptOutcome::Unreadable);
        self.note(false);
    }

    fn note(&self, works: bool) {
        *self.0.last.lock() = Some((Instant::now(), works));
    }

    fn count(&self, ended: AttemptOutcome) {
        let place = AttemptOutcome::ALL.iter().position(|each| *each == ended);
        if let Some(count) = place.and_then(|place| self.0.ended.get(place)) {
            count.add_one();
        }
    }
}

/// An attempt that is under way. It is counted when this is dropped.
#[derive(Debug)]
pub struct Attempt<'a> {
    observed: &'a CallStatistics,
    begun: Instant,
    ended: AttemptOutcome,
}

impl Attempt<'_> {
    /// Ends with this outcome.
    pub fn finish<T>(mut self, outcome: &Result<T, Cause>) {
        self.ended =
            outcome.as_ref().map_or_else(AttemptOutcome::from_cause, |_| AttemptOutcome::Ok);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.observed.count(self.ended);
        self.observed.0.durations.add(self.begun.elapsed());
        if let Some(works) = self.ended.works() {
            self.observed.note(works);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn counted_outcomes(observed: &CallStatistics) -> Vec<&'static str> {
        let all = observed.count_by_outcome().filter(|(_, count)| *count > 0);
        all.map(|(ended, _)| ended.as_str()).collect()
    }

    #[test]
    fn a_refusal_counts_as_a_working_upstream_and_a_timeout_does_not() {
        let observed = CallStatistics::default();
        assert_eq!(observed.last(), None);
        observed.begin().finish::<()>(&Err(Cause::TimedOut));
        assert_eq!(observed.last().map(|(_, worked)| worked), Some(false));
        observed.begin().finish::<()>(&Err(Cause::NotFound));
        assert_eq!(observed.last().map(|(_, worked)| worked), Some(true));
        assert_eq!(counted_outcomes(&observed), ["refused", "timeout"]);
        assert_eq!(observed.durations().count(), 2);
    }

    #[test]
    fn an_abandoned_call_does_not_change_whether_the_upstream_works() {
        let observed = CallStatistics::default();
        observed.begin().finish(&Ok(()));
        drop(observed.begin());
        observed.not_sent();
        assert_eq!(observed.last().map(|(_, worked)| worked), Some(true));
        assert_eq!(counted_outcomes(&observed), ["ok", "not_sent", "abandoned"]);
        assert_eq!(observed.durations().count(), 2, "one was not sent");
    }

    #[test]
    fn the_clock_difference_to_an_upstream_is_measured_by_its_date_header() {
        let observed = CallStatistics::default();
        observed.note_date("yesterday");
        assert_eq!(observed.ahead(), None);
        let date = SystemTime::now() - Duration::from_hours(48);
        observed.note_date(&httpdate::fmt_http_date(date));
        let behind = observed.ahead().unwrap() / -1_000;
        assert!((172_700..=172_900).contains(&behind), "{behind}");
    }

    #[test]
    fn each_outcome_of_an_attempt_is_counted_once() {
        let observed = CallStatistics::default();
        for ended in AttemptOutcome::ALL {
            observed.count(ended);
        }
        assert!(observed.count_by_outcome().all(|(_, count)| count == 1));
    }
}
