//! Named faults: failures between a client and its upstream, on demand.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request_types::Request;

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Answers [`Fault::status`] in the vendor's shape; the request has no effect.
    Status,
    /// Takes effect, then answers [`Fault::status`].
    StatusAfter,
    /// Waits [`Fault::delay_ms`], then serves normally.
    Delay,
    /// Closes the connection without an answer; the request has no effect.
    DropBefore,
    /// Takes effect, then closes the connection without an answer.
    DropAfter,
    /// Takes effect, then answers 200 with a body that is not JSON.
    Malformed,
    /// Takes effect, then answers 200 with 72 MiB of spaces; only a GET has a `Content-Length`.
    Huge,
    /// Answers 429 with `Retry-After: 1`; the request has no effect.
    Limited,
    /// Does not answer until the client disconnects; the request has no effect.
    Hang,
    /// Answers as a proxy in front does while the upstream restarts: 404 `404 page not found`, as
    /// plain text; the request has no effect.
    ProxyNotFound,
    /// Answers as a proxy in front does that redirects to another address: 301 to `https:`; the request has no effect.
    ProxyRedirect,
    /// Breaks off in the middle, and answers 500. A request with steps (the creation of a service by Coolify) takes
    /// half of its effect; any other takes all of it.
    BreakOff,
    /// Closes the connection without an answer, and takes effect once the simulator's clock has moved
    /// on by [`Fault::delay_ms`]: a request that waits in a queue although nobody waits for it.
    Late,
    /// Takes effect, then sends half of the answer's body (of a stream its first part) and closes the
    /// connection.
    CutOff,
}

impl Name {
    /// Every kind of fault but [`Name::Late`], whose effect outlasts the request, and [`Name::CutOff`],
    /// which is for answers that are streams.
    pub const ALL: [Self; 12] = [
        Self::Status,
        Self::StatusAfter,
        Self::Delay,
        Self::DropBefore,
        Self::DropAfter,
        Self::Malformed,
        Self::Huge,
        Self::Limited,
        Self::Hang,
        Self::ProxyNotFound,
        Self::ProxyRedirect,
        Self::BreakOff,
    ];

    /// Returns whether the request takes effect in spite of the fault.
    pub const fn has_effect(self) -> bool {
        matches!(
            self,
            Self::StatusAfter
                | Self::Delay
                | Self::DropAfter
                | Self::Malformed
                | Self::Huge
                | Self::BreakOff
                | Self::CutOff
        )
    }
}

/// A fault and the requests that it matches, as JSON
/// `{fault,method?,path?,times?,delayMs?,status?,body?}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The kind of the fault.
    #[serde(rename = "fault")]
    pub name: Name,
    /// Matches only requests with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Matches only requests with this path, compared with the whole path and with the part below
    /// the API's prefix. Without `*` and `$` it is a prefix. A `*` stands for any characters but
    /// `/`; a final `$` anchors the end of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The number of requests that the fault is for; 1 by default.
    #[serde(default = "once")]
    pub times: u32,
    /// The wait of [`Name::Delay`] and [`Name::Late`] in milliseconds; 1,000 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// The status of the answer, 400 to 599; 500 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the answer; the vendor's own by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

const fn once() -> u32 {
    1
}

impl Fault {
    /// Returns a fault of that kind for the next request, whatever it is.
    pub fn new(name: Name) -> Self {
        Self { name, method: None, path: None, times: 1, delay_ms: None, status: None, body: None }
    }

    /// Restricts the fault to requests with that method and path.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Sets the number of requests that the fault is for.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Sets the status of the answer.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the body of the answer.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets the wait of [`Name::Delay`] and [`Name::Late`].
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Returns the status of the answer, which is always a failure.
    pub(crate) fn answered_status(&self) -> u16 {
        self.status.filter(|status| (400..600).contains(status)).unwrap_or(500)
    }

    /// Returns the time to wait before serving.
    pub(crate) fn wait(&self) -> Duration {
        match self.name {
            Name::Delay => self.lateness(),
            _ => Duration::ZERO,
        }
    }

    /// Returns the time from the request until [`Name::Late`] takes effect.
    pub(crate) fn lateness(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or(1_000))
    }

    pub(crate) fn matches(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|pattern| {
                path_matches(pattern, &request.path) || path_matches(pattern, &request.endpoint)
            })
    }
}

/// Returns whether a path matches a pattern (see [`Fault::path`]).
fn path_matches(pattern: &str, path: &str) -> bool {
    if let Some(exact) = pattern.strip_suffix('$') {
        return glob(exact.as_bytes(), path.as_bytes());
    }
    if pattern.contains('*') {
        return glob(pattern.as_bytes(), path.as_bytes());
    }
    path.starts_with(pattern)
}

fn glob(pattern: &[u8], path: &[u8]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            glob(rest, path)
                || path
                    .split_first()
                    .is_some_and(|(first, left)| *first != b'/' && glob(pattern, left))
        }
        ([a, rest @ ..], [b, left @ ..]) => a == b && glob(rest, left),
        _ => false,
    }
}

/// The armed faults, in the order of arming.
#[derive(Debug, Default)]
pub(crate) struct Armed(Vec<Fault>);

impl Armed {
    /// Adds a fault.
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Removes every fault.
    pub(crate) fn disarm(&mut self) {
        self.0.clear();
    }

    /// Returns the first fault that matches the request, and counts it as used once.
    pub(crate) fn take(&mut self, request: &Request) -> Option<Fault> {
        self.0.retain(|fault| fault.times > 0);
        let fault = self.0.iter_mut().find(|fault| fault.matches(request))?;
        fault.times -= 1;
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_patterns_of_faults_match_as_prefixes_or_globs() {
        assert!(path_matches("/projects", "/projects/abc"));
        assert!(!path_matches("/projects$", "/projects/abc"));
        assert!(path_matches("/applications/*/envs/bulk", "/applications/abc/envs/bulk"));
        assert!(!path_matches("/applications/*", "/applications/abc/envs"));
    }

    #[test]
    fn a_fault_occurs_as_often_as_it_was_armed() {
        let mut armed = Armed::default();
        armed.arm(Fault::new(Name::Limited).on("post", "/deploy").times(2));
        assert!(armed.take(&Request::without_body("GET", "/api/v1/deploy")).is_none());
        assert!(armed.take(&Request::without_body("POST", "/api/v1/deploy")).is_some());
        assert!(armed.take(&Request::without_body("POST", "/deploy")).is_some());
        assert!(armed.take(&Request::without_body("POST", "/deploy")).is_none());
    }
}
