//! One request of the API and its answer.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::de::DeserializeOwned;

use super::Query;
use crate::error::{Conflict, Error, Result, Trouble};

/// The maximum number of bytes of an answer, unless a call says otherwise. A container's labels and
/// variables come with its image, which may have megabytes of them.
const LIMIT: usize = 8 << 20;

/// A request. Its path consists of our words and of checked ids and names; its body may have secrets, so
/// that there is no `Debug`.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Bytes,
    /// The maximum number of bytes of the answer.
    pub(crate) limit: usize,
    /// Time in addition to that of a usual call.
    pub(crate) extra: Duration,
    /// True if the path has no version before it, as those of the gate's own calls.
    pub(crate) is_bare: bool,
}

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct EngineAnswer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// The reason why an exchange failed, and whether its request was sent.
#[derive(Debug)]
pub(crate) struct FailedExchange {
    pub(crate) error: Error,
    pub(crate) was_sent: bool,
}

/// The text of a refusal, which is never shown.
#[derive(serde::Deserialize)]
struct Message {
    message: String,
}

impl Call {
    /// Creates a call that reads.
    pub(crate) fn get(path: impl Into<String>, query: &Query) -> Self {
        Self::new(Method::GET, path.into() + query.as_str())
    }

    /// Creates a call that removes something.
    pub(crate) fn delete(path: impl Into<String>, query: &Query) -> Self {
        Self::new(Method::DELETE, path.into() + query.as_str())
    }

    /// Creates a call with a JSON body; `null` sends none.
    pub(crate) fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        Self { body, ..Self::new(Method::POST, path.into()) }
    }

    fn new(method: Method, path: String) -> Self {
        let (body, extra) = (Bytes::new(), Duration::ZERO);
        Self { method, path, body, limit: LIMIT, extra, is_bare: false }
    }

    /// Sets the maximum number of bytes of the answer.
    pub(crate) fn at_most(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Grants more time than a usual call has.
    pub(crate) fn longer(self, extra: Duration) -> Self {
        Self { extra, ..self }
    }

    /// Leaves out the version before the path.
    pub(crate) fn without_version(self) -> Self {
        Self { is_bare: true, ..self }
    }
}

impl EngineAnswer {
    /// Turns a status other than 2xx and 304 (already in that state) into its error.
    pub(crate) fn accepted(self) -> Result<Self> {
        if matches!(self.status, 200..=299 | 304) { Ok(self) } else { Err(self.error()) }
    }

    /// Parses the body of a success.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        let answer = self.accepted()?;
        serde_json::from_slice(&answer.body).map_err(|_| Error::Malformed)
    }

    /// Returns the error that a refusal stands for. Docker's texts only distinguish conflicts
    /// (20.10 to 28.5).
    pub(crate) fn error(&self) -> Error {
        match self.status {
            // "could not find an available, non-overlapping IPv4 address pool" (20.10), "all predefined address
            // pools have been fully subnetted" (25).
            _ if self.text_contains("address pool") => Error::NoSubnet,
            // The engine's own 403, for a network with containers; all others are the gate's.
            403 if self.text_contains("has active endpoints") => {
                Error::Conflict(Conflict::NetworkInUse)
            }
            403 => Error::Refused,
            404 => Error::NotFound,
            409 if self.text_contains("already in progress") => {
                Error::Conflict(Conflict::BeingRemoved)
            }
            409 if self.text_contains("already exists") => Error::Conflict(Conflict::Exists),
            409 => Error::Conflict(Conflict::Other),
            // The gate's word for an engine that it can't reach.
            502 => Error::NotConnected(Trouble::NoEngine),
            status => Error::Engine { status },
        }
    }

    fn text_contains(&self, words: &str) -> bool {
        serde_json::from_slice(&self.body).is_ok_and(|text: Message| text.message.contains(words))
    }
}

/// Turns "not found" of a call about a container into its own error.
pub(crate) fn container_error(error: Error) -> Error {
    if error == Error::NotFound { Error::NoContainer } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, message: &str) -> Error {
        let body = serde_json::json!({ "message": message }).to_string().into_bytes();
        EngineAnswer { status, body }.error()
    }

    #[test]
    fn engine_errors_are_classified_by_status_and_message() {
        let full = "all predefined address pools have been fully subnetted";
        assert_eq!(error(400, full), Error::NoSubnet);
        assert_eq!(error(403, "no"), Error::Refused);
        let used = "error while removing network: network x id y has active endpoints";
        assert_eq!(error(403, used), Error::Conflict(Conflict::NetworkInUse));
        assert_eq!(error(404, "No such container: x"), Error::NotFound);
        let removing = "removal of container x is already in progress";
        assert_eq!(error(409, removing), Error::Conflict(Conflict::BeingRemoved));
        let exists = "network with name x already exists";
        assert_eq!(error(409, exists), Error::Conflict(Conflict::Exists));
        assert_eq!(error(409, "volume is in use"), Error::Conflict(Conflict::Other));
        assert_eq!(error(502, ""), Error::NotConnected(Trouble::NoEngine));
        assert_eq!(error(500, "secret"), Error::Engine { status: 500 });
    }

    #[test]
    fn errors_do_not_contain_the_engines_text() {
        for status in [400, 403, 404, 409, 500] {
            let text = format!("{0} {0:?}", error(status, "topsecret"));
            assert!(!text.contains("topsecret"), "{text}");
        }
    }

    #[test]
    fn a_successful_answer_of_another_form_is_malformed() {
        let answer = |body: &str| EngineAnswer { status: 200, body: body.into() };
        assert_eq!(answer("[1]").json::<Vec<u8>>(), Ok(vec![1]));
        assert_eq!(answer("<html>").json::<Vec<u8>>(), Err(Error::Malformed));
        assert!(EngineAnswer { status: 304, body: Vec::new() }.accepted().is_ok());
    }
}
