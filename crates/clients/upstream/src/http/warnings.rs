//! The operator's log of an upstream in trouble: a line for each call that failed.

use crate::error::Cause;

/// Logs why a call failed, unless the upstream works. The writer of the log folds equal lines.
/// Values in the upstream's own words are not logged: they may repeat what it was sent.
pub(super) fn warn(upstream: &str, (method, path): (&str, &str), cause: &Cause) {
    if is_trouble(cause) {
        tracing::warn!(upstream, method, path, %cause, "an upstream is in trouble");
    }
}

/// Returns whether an operator should know of a failure: not of the caller's own mistakes, nor of
/// our own rate limit.
fn is_trouble(cause: &Cause) -> bool {
    match cause {
        Cause::Refused(_)
        | Cause::NotFound
        | Cause::UnknownName { .. }
        | Cause::Renamed { .. }
        | Cause::Crowded { .. }
        | Cause::Unsupported
        | Cause::Conflict(_) => false,
        Cause::Limited { ours, .. } => !ours,
        Cause::Unreachable
        | Cause::Dropped
        | Cause::TimedOut
        | Cause::Malformed
        | Cause::Mistaken
        | Cause::TooLarge
        | Cause::QueueFull
        | Cause::Unauthorized
        | Cause::Operator(_)
        | Cause::Barred { .. }
        | Cause::Elsewhere
        | Cause::Foreign { .. }
        | Cause::Failed { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_trouble_of_the_upstream_is_logged() {
        let limited = |ours| Cause::Limited { retry_after: Duration::ZERO, ours };
        assert!(is_trouble(&Cause::TimedOut) && is_trouble(&limited(false)));
        assert!(!is_trouble(&Cause::NotFound) && !is_trouble(&limited(true)));
    }
}
