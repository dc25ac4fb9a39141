//! A failure as a page shows it.

use covibe_domain::Failure;

/// The answer that a page shows, or the problem that prevented it.
pub type Loaded<T> = Result<T, Problem>;

/// The message of a failure, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The failure, in one sentence.
    pub message: String,
    /// The next step, in one sentence.
    pub hint: Option<String>,
    /// The id of the request, which is in the server's log, too.
    pub request_id: Option<String>,
}

impl Problem {
    /// Creates a problem with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, request_id: None }
    }

    /// Returns the same problem with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the same problem with the id of the request.
    #[must_use]
    pub fn of_request(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        Self { message: failure.message.clone(), hint: failure.hint.clone(), request_id: None }
    }
}
