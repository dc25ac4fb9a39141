//! What the operator's log says about an upstream in trouble: one line a minute for each cause.

use crate::error::Cause;
use crate::throttle::Throttle;

/// Which causes were logged recently.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Throttle);

impl Warnings {
    /// Logs why a call failed, unless that cause was logged in the last minute or is no trouble of
    /// the upstream's. Values in the upstream's own words are not logged: they may repeat what it was
    /// sent.
    pub(crate) fn warn(&self, upstream: &str, call: (&str, &str), cause: &Cause) {
        if is_trouble(cause) && self.0.is_due(cause.to_string()) {
            let (method, path) = call;
            tracing::warn!(upstream, method, path, %cause, "an upstream is in trouble");
        }
    }
}

/// Whether an operator should know: the caller's own mistakes and our own rate limit are not it.
fn is_trouble(cause: &Cause) -> bool {
    match cause {
        Cause::Refused(_)
        | Cause::NotFound
        | Cause::UnknownName { .. }
        | Cause::Renamed { .. }
        | Cause::Crowded { .. }
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
