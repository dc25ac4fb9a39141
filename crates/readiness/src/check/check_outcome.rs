//! The outcome of a check.

use std::fmt::Display;

use crate::client::{HttpAnswer, Trouble};

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It passed.
    Pass,
    /// It found a fault.
    Fail,
    /// It found something that is worth a look.
    Warn,
    /// It was not run, for a reason that is no fault.
    Skip,
    /// Nothing is known: a timeout, a name that did not resolve, or no time left.
    Error,
}

impl Status {
    /// Returns its word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Error => "error",
        }
    }
}

/// The fault that a check found, or the reason why it found nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The outcome.
    pub status: Status,
    /// The method and path, or the name of what was looked at.
    pub endpoint: String,
    /// The expectation.
    pub expected: String,
    /// The observation.
    pub got: String,
    /// The way to mend it, if it is not the usual one of the check.
    pub fix: Option<String>,
    /// The number of connections that were tried.
    pub attempts: u32,
}

/// A line about what passed, or what was found.
pub type Verdict = Result<String, Finding>;

impl Finding {
    fn new(status: Status, endpoint: &str, expected: impl Display, got: impl Display) -> Self {
        let (expected, got) = (expected.to_string(), got.to_string());
        Self { status, endpoint: endpoint.to_owned(), expected, got, fix: None, attempts: 1 }
    }

    /// Creates the finding of a fault.
    pub fn fail(endpoint: &str, expected: impl Display, got: impl Display) -> Self {
        Self::new(Status::Fail, endpoint, expected, got)
    }

    /// Creates the finding of a fault in an answer.
    pub fn answer(answer: &HttpAnswer, expected: impl Display) -> Self {
        let attempts = answer.attempts;
        Self { attempts, ..Self::fail(&answer.endpoint, expected, answer.summary()) }
    }

    /// Creates a warning.
    pub fn warn(endpoint: &str, expected: impl Display, got: impl Display) -> Self {
        Self::new(Status::Warn, endpoint, expected, got)
    }

    /// Creates a reason for which a check is not run.
    pub fn skip(endpoint: &str, reason: impl Display) -> Self {
        Self::new(Status::Skip, endpoint, "", reason)
    }

    /// Creates a reason for which nothing is known.
    pub fn error(endpoint: &str, expected: impl Display, got: impl Display) -> Self {
        Self::new(Status::Error, endpoint, expected, got)
    }

    /// Says how to mend it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

impl From<Trouble> for Finding {
    fn from(trouble: Trouble) -> Self {
        let status = if trouble.is_inconclusive() { Status::Error } else { Status::Fail };
        let finding = Self::new(status, &trouble.endpoint, "an answer", &trouble);
        Self { attempts: trouble.attempts, ..finding }
    }
}
