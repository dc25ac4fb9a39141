//! Failures: the errors that callers get.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The kind of a failure. It determines the HTTP status and what the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The body or a parameter is invalid.
    Invalid,
    /// The call has no key, or no valid one.
    Unauthenticated,
    /// The key is valid, but the resource or value is outside its workspace.
    Forbidden,
    /// The tool or resource does not exist.
    NotFound,
    /// Confirmation is required, or the name is already in use.
    Conflict,
    /// The body exceeds the size limit.
    TooLarge,
    /// An upstream refused the values.
    Rejected,
    /// A rate limit was exceeded, ours or an upstream's.
    Limited,
    /// An upstream failed.
    Upstream,
    /// The workspace is not provisioned, or a dependency is not configured.
    Unready,
    /// An upstream did not answer in time.
    Timeout,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::TooLarge,
        Self::Rejected,
        Self::Limited,
        Self::Upstream,
        Self::Unready,
        Self::Timeout,
    ];

    /// Returns the HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Rejected => 422,
            Self::Limited => 429,
            Self::Upstream => 502,
            Self::Unready => 503,
            Self::Timeout => 504,
        }
    }

    /// Returns the stable code, which MCP's results and the audit contain.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::Rejected => "rejected",
            Self::Limited => "limited",
            Self::Upstream => "upstream",
            Self::Unready => "unready",
            Self::Timeout => "timeout",
        }
    }

    /// Returns whether the same call may succeed later; see [`Failure::is_retryable`].
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Limited | Self::Upstream | Self::Unready | Self::Timeout)
    }
}

/// The outcome of a call if this server does not know whether the call made its change.
pub const UNKNOWN_OUTCOME: &str = "unknown";

/// The detail of a failure that is in doubt.
const IN_DOUBT: &str = "mayHaveHappened";

/// A failure as callers see it: a sentence, what to do next, and details where they help.
///
/// It contains no secrets, nothing of another tenant, and no raw text of an upstream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// The kind of failure.
    pub kind: Kind,
    /// A sentence that says what happened.
    pub message: String,
    /// The next step for the caller.
    pub hint: Option<String>,
    /// Structured details.
    pub details: Box<Map<String, Value>>,
    /// True if the change may have happened; in bodies `details.mayHaveHappened`.
    pub in_doubt: bool,
    /// True if the upstream answered the request with an error, so that the request can have no further effect.
    pub has_ended: bool,
    /// True if repeating the call does not help although its kind is retryable.
    pub permanent: bool,
    /// The time to wait before a retry; on the wire in whole seconds.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    /// Creates a failure of this kind with this message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            details: Box::default(),
            in_doubt: false,
            has_ended: false,
            permanent: false,
            retry_after: None,
        }
    }

    /// Creates a failure of kind [`Kind::Invalid`]: 400.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// Creates a failure of kind [`Kind::Forbidden`]: 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    /// Creates a failure of kind [`Kind::NotFound`]: 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// Creates a failure of kind [`Kind::Conflict`]: 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// Creates a failure of kind [`Kind::Rejected`]: 422.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(Kind::Rejected, message)
    }

    /// Creates a failure of kind [`Kind::Unready`]: 503.
    pub fn unready(message: impl Into<String>) -> Self {
        Self::new(Kind::Unready, message)
    }

    /// Returns the same failure with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the same failure with one more detail.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the same failure, marked as in doubt: the change may have happened.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.in_doubt = true;
        self
    }

    /// Returns the same failure, marked as one that a repetition of the call cannot cure.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.permanent = true;
        self
    }

    /// Returns whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        self.kind.retryable() && !self.permanent
    }

    /// Returns the same failure, marked as the upstream's answer to the request.
    #[must_use]
    pub fn with_ended_request(mut self) -> Self {
        self.has_ended = true;
        self
    }

    /// Returns the same failure without doubt: the change is known not to have happened.
    #[must_use]
    pub fn without_doubt(mut self) -> Self {
        self.in_doubt = false;
        self
    }

    /// Returns whether the failure is in doubt: the change may have happened.
    pub const fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Returns the outcome of the call for its audit entry: [`UNKNOWN_OUTCOME`] if this server itself does not know
    /// whether the change was made, otherwise the code of the kind.
    pub const fn outcome(&self) -> &'static str {
        match self.kind {
            Kind::Unready if self.in_doubt => UNKNOWN_OUTCOME,
            kind => kind.code(),
        }
    }

    /// Returns the same failure with a time to wait, also as a detail because MCP has no header for it.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self.detail("retryAfterSeconds", whole_seconds(wait))
    }

    /// Returns the body for REST and the compact envelope: `{"error","hint"?,"details"?}`.
    pub fn body(&self) -> Value {
        let mut body = json!({ "error": self.message });
        if let Some(hint) = &self.hint {
            body["hint"] = json!(hint);
        }
        let mut details = (*self.details).clone();
        if self.in_doubt {
            details.insert(IN_DOUBT.to_owned(), Value::Bool(true));
        }
        if !details.is_empty() {
            body["details"] = Value::Object(details);
        }
        body
    }

    /// Returns the body for a result of MCP: the same with `code` and `retryable`.
    pub fn coded_body(&self) -> Value {
        let mut body = self.body();
        body["code"] = json!(self.kind.code());
        body["retryable"] = json!(self.is_retryable());
        body
    }
}

/// Returns a duration in whole seconds, rounded up, at least 1.
pub fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_in_doubt_has_may_have_happened_in_its_body() {
        let doubtful = Failure::conflict("Taken.").in_doubt();
        assert!(doubtful.is_in_doubt() && doubtful.details.is_empty());
        let details = json!({ "mayHaveHappened": true });
        assert_eq!(doubtful.body(), json!({ "error": "Taken.", "details": details }));
        let hand_made = Failure::conflict("Taken.").detail("mayHaveHappened", true);
        assert!(!hand_made.is_in_doubt(), "a detail of that name decides nothing");
    }

    #[test]
    fn only_an_unready_failure_in_doubt_has_the_outcome_unknown() {
        assert_eq!(Failure::unready("Lost.").in_doubt().outcome(), UNKNOWN_OUTCOME);
        assert_eq!(Failure::unready("Not set up.").outcome(), "unready");
        assert_eq!(Failure::new(Kind::Timeout, "Late.").in_doubt().outcome(), "timeout");
    }

    #[test]
    fn the_body_of_a_failure_omits_absent_members() {
        assert_eq!(Failure::invalid("No.").body(), json!({ "error": "No." }));
        let full = Failure::not_found("Gone.").hint("List first.").detail("uuid", "a");
        assert_eq!(
            full.coded_body(),
            json!({ "error": "Gone.", "hint": "List first.", "details": { "uuid": "a" },
                    "code": "not_found", "retryable": false })
        );
    }
}
