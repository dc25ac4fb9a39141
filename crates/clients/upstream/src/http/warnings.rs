//! What the operator's log says about an upstream in trouble: one line a minute for each cause.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::Cause;

/// How long a cause that was logged is not logged again.
const PAUSE: Duration = Duration::from_mins(1);

/// When each cause was last logged. There are few causes, so nothing is evicted.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<HashMap<String, Instant>>);

impl Warnings {
    /// Logs why a call failed, unless that cause was logged in the last minute or is no trouble of
    /// the upstream's. The upstream's own words are not logged: they may repeat what it was sent.
    pub(crate) fn warn(&self, upstream: &str, call: (&str, &str), cause: &Cause) {
        if !is_trouble(cause) || !self.is_due(cause, Instant::now()) {
            return;
        }
        let (method, path) = call;
        tracing::warn!(upstream, method, path, %cause, "an upstream is in trouble");
    }

    fn is_due(&self, cause: &Cause, now: Instant) -> bool {
        let mut logged = self.0.lock();
        let last = logged.entry(cause.to_string());
        let mut is_due = false;
        let at = last.or_insert_with(|| {
            is_due = true;
            now
        });
        if now.duration_since(*at) >= PAUSE {
            (is_due, *at) = (true, now);
        }
        is_due
    }
}

/// Whether an operator should know: the caller's own mistakes and our own rate limit are not it.
fn is_trouble(cause: &Cause) -> bool {
    match cause {
        Cause::Refused(_) | Cause::NotFound | Cause::Renamed { .. } | Cause::Conflict(_) => false,
        Cause::Limited { ours, .. } => !ours,
        Cause::Unreachable
        | Cause::Dropped
        | Cause::TimedOut
        | Cause::Malformed
        | Cause::TooLarge
        | Cause::Unauthorized
        | Cause::Operator(_)
        | Cause::Elsewhere
        | Cause::Foreign { .. }
        | Cause::Failed { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_logged_once_a_minute() {
        let (warnings, start) = (Warnings::default(), Instant::now());
        let failed = Cause::Failed { status: 500 };
        assert!(warnings.is_due(&failed, start));
        assert!(!warnings.is_due(&failed, start + PAUSE / 2));
        assert!(warnings.is_due(&Cause::TimedOut, start + PAUSE / 2), "another cause");
        assert!(warnings.is_due(&failed, start + PAUSE));
        assert!(!warnings.is_due(&failed, start + PAUSE + PAUSE / 2));
    }

    #[test]
    fn only_trouble_of_the_upstream_is_logged() {
        let limited = |ours| Cause::Limited { retry_after: PAUSE, ours };
        assert!(is_trouble(&Cause::TimedOut) && is_trouble(&limited(false)));
        assert!(!is_trouble(&Cause::NotFound) && !is_trouble(&limited(true)));
    }
}
