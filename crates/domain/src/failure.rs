//! The one way in which anything fails towards a caller.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// What sort of failure it is; it fixes the HTTP status and what the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The body or a parameter is wrong.
    Invalid,
    /// No key, or none that is valid now.
    Unauthenticated,
    /// The key is good, the resource or value is outside its workspace.
    Forbidden,
    /// No such tool or resource.
    NotFound,
    /// Confirmation required, or the name is taken.
    Conflict,
    /// The body is larger than the surface takes.
    TooLarge,
    /// The upstream refused the values.
    Rejected,
    /// Too many calls, ours or an upstream's limit.
    Limited,
    /// The upstream failed.
    Upstream,
    /// The workspace is not provisioned, or a dependency is not configured.
    Unready,
    /// The upstream did not answer in time.
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

    /// The HTTP status that tells of it.
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

    /// The kind's stable code, as in MCP's `structuredContent.code` and the audit.
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

    /// Whether the same call may succeed later without being changed.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Limited | Self::Upstream | Self::Unready | Self::Timeout)
    }
}

/// The detail by which bodies tell that the change may have happened.
const IN_DOUBT: &str = "mayHaveHappened";

/// A failure as the caller sees it: a sentence, what to do next, and details where they help.
///
/// Nothing in it is secret, belongs to another tenant, or is an upstream's raw text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// What sort it is.
    pub kind: Kind,
    /// What happened, in one sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Structured particulars.
    pub details: Box<Map<String, Value>>,
    /// Whether the change may have happened all the same; bodies tell it as
    /// `details.mayHaveHappened`.
    pub in_doubt: bool,
    /// How long to wait before the next try, in whole seconds on the wire.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    /// A failure of `kind` that says `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            details: Box::default(),
            in_doubt: false,
            retry_after: None,
        }
    }

    /// 400.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// 503.
    pub fn unready(message: impl Into<String>) -> Self {
        Self::new(Kind::Unready, message)
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with one more detail.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The same, telling that the change may have happened all the same.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.in_doubt = true;
        self
    }

    /// Whether the change may have happened all the same.
    pub const fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// The same with a time to wait, which MCP has no header for.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self.detail("retryAfterSeconds", whole_seconds(wait))
    }

    /// The body of REST and of the compact envelope: `{"error","hint"?,"details"?}`.
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

    /// The body of MCP's `structuredContent`: the same and `code` and `retryable`.
    pub fn structured(&self) -> Value {
        let mut body = self.body();
        body["code"] = json!(self.kind.code());
        body["retryable"] = json!(self.kind.retryable());
        body
    }
}

/// A time to wait in whole seconds, rounded up, at least one.
pub fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_doubt_among_the_details() {
        let doubtful = Failure::conflict("Taken.").in_doubt();
        assert!(doubtful.is_in_doubt() && doubtful.details.is_empty());
        let details = json!({ "mayHaveHappened": true });
        assert_eq!(doubtful.body(), json!({ "error": "Taken.", "details": details }));
        let hand_made = Failure::conflict("Taken.").detail("mayHaveHappened", true);
        assert!(!hand_made.is_in_doubt(), "a detail of that name decides nothing");
    }

    #[test]
    fn bodies_leave_out_what_is_absent() {
        assert_eq!(Failure::invalid("No.").body(), json!({ "error": "No." }));
        let full = Failure::not_found("Gone.").hint("List first.").detail("uuid", "a");
        assert_eq!(
            full.structured(),
            json!({ "error": "Gone.", "hint": "List first.", "details": { "uuid": "a" },
                    "code": "not_found", "retryable": false })
        );
    }
}
