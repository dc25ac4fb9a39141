//! A failure as a page shows it.

use covibe_domain::Failure;

/// What a page shows of an answer: the answer, or why there is none.
pub type Loaded<T> = Result<T, Problem>;

/// Why something failed, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What happened, in one sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The id that the server's log has, too.
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
