//! Decides whether a request is repeated, and after which pause.

use std::time::Duration;

use crate::error::Cause;

/// The maximum number of attempts of one call.
pub(super) const ATTEMPTS: u32 = 3;

/// The longest `Retry-After` that is waited for within the call.
const PATIENCE: Duration = Duration::from_secs(5);

const FIRST_PAUSE: Duration = Duration::from_millis(150);

/// Returns the pause before the next attempt; `None` when there is no further attempt.
///
/// A request that did not reach the upstream (no connection) or was turned away (429) is repeated.
/// One that may have arrived is repeated only when that is harmless. A timeout is not repeated,
/// because the caller has waited long enough, nor is a 500, which a second attempt rarely changes.
pub(super) fn pause(attempt: u32, repeatable: bool, cause: &Cause) -> Option<Duration> {
    match cause {
        Cause::Unreachable => Some(backoff(attempt)),
        Cause::Limited { retry_after, ours: false } if *retry_after <= PATIENCE => {
            Some(*retry_after + jitter(FIRST_PAUSE))
        }
        // A proxy without a backend answers like a router without a route, for a moment.
        Cause::Dropped
        | Cause::Foreign { .. }
        | Cause::Unsupported
        | Cause::Failed { status: 502..=504 }
            if repeatable =>
        {
            Some(backoff(attempt))
        }
        _ => None,
    }
}

fn backoff(attempt: u32) -> Duration {
    let full = FIRST_PAUSE * 2_u32.pow(attempt.saturating_sub(1).min(6));
    full / 2 + jitter(full / 2)
}

fn jitter(most: Duration) -> Duration {
    most.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_requests_are_repeated() {
        let short = Cause::Limited { retry_after: PATIENCE, ours: false };
        let long = Cause::Limited { retry_after: PATIENCE + Duration::from_secs(1), ours: false };
        let ours = Cause::Limited { retry_after: Duration::ZERO, ours: true };
        let gateway = Cause::Failed { status: 502 };
        let broken = Cause::Failed { status: 500 };
        for (cause, harmless, harmful) in [
            (Cause::Unreachable, true, true),
            (short, true, true),
            (long, false, false),
            (ours, false, false),
            (Cause::Dropped, true, false),
            (gateway, true, false),
            (Cause::Foreign { status: 404 }, true, false),
            (Cause::Unsupported, true, false),
            (Cause::Elsewhere, false, false),
            (broken, false, false),
            (Cause::TimedOut, false, false),
            (Cause::Malformed, false, false),
            (Cause::TooLarge, false, false),
            (Cause::Unauthorized, false, false),
        ] {
            assert_eq!(pause(1, true, &cause).is_some(), harmless, "{cause}");
            assert_eq!(pause(1, false, &cause).is_some(), harmful, "{cause}");
        }
    }

    #[test]
    fn pauses_grow_exponentially_and_respect_retry_after() {
        for _ in 0..100 {
            assert!(
                backoff(1) <= FIRST_PAUSE
                    && backoff(2) >= FIRST_PAUSE
                    && backoff(2) <= 2 * FIRST_PAUSE
            );
            let asked = Cause::Limited { retry_after: Duration::from_secs(1), ours: false };
            assert!(pause(1, false, &asked).is_some_and(|wait| wait >= Duration::from_secs(1)));
        }
    }
}
