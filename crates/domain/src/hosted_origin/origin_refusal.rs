//! The reasons why an origin is refused.

use std::fmt;

/// The reason why an origin is refused, and how to correct it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A sentence that states the mistake. It does not contain the text, which may have a password in it.
    pub message: String,
    /// The way to correct it.
    pub hint: String,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        let hint = "Pass the origin alone, like https://covibe.your-company.com.".to_owned();
        Self { message: message.into(), hint }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message, self.hint)
    }
}

impl std::error::Error for Refusal {}
