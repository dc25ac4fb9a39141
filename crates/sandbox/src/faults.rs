//! Named faults: what may go wrong between a client and its upstream, on demand.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Answers [`Fault::status`] (else 500) in the vendor's shape; no effect.
    Status,
    /// Takes effect, then answers [`Fault::status`] (else 500).
    StatusAfter,
    /// Waits [`Fault::delay_ms`], then serves normally.
    Delay,
    /// Closes the connection without an answer; no effect.
    DropBefore,
    /// Takes effect, then closes the connection without an answer.
    DropAfter,
    /// Takes effect, then answers 200 with a body that is not JSON.
    Malformed,
    /// Takes effect, then answers 200 with 72 MiB of spaces; for a GET its head says so.
    Huge,
    /// Answers 429 with `Retry-After: 1`; no effect.
    Limited,
    /// Answers nothing until the client leaves; no effect.
    Hang,
}

impl Name {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::Status,
        Self::StatusAfter,
        Self::Delay,
        Self::DropBefore,
        Self::DropAfter,
        Self::Malformed,
        Self::Huge,
        Self::Limited,
        Self::Hang,
    ];

    /// Whether the request takes effect nevertheless.
    pub const fn has_effect(self) -> bool {
        matches!(
            self,
            Self::StatusAfter | Self::Delay | Self::DropAfter | Self::Malformed | Self::Huge
        )
    }
}

/// A fault and the requests it meets; on the wire
/// `{fault,method?,path?,times?,delayMs?,status?,body?}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    #[serde(rename = "fault")]
    pub name: Name,
    /// Only requests of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path begins so or, when it has a `*`, is so: a `*` stands for anything
    /// but `/`, a final `$` ends the path. Compared with the whole path and with what follows
    /// `/api/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many requests it meets; 1 unless told.
    #[serde(default = "once")]
    pub times: u32,
    /// How long [`Name::Delay`] waits, in milliseconds; 1,000 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// The status that is answered, 400 to 599; 500 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of that status; the vendor's own unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

const fn once() -> u32 {
    1
}

impl Fault {
    /// The fault of that name, for the next request whatever it is.
    pub fn new(name: Name) -> Self {
        Self { name, method: None, path: None, times: 1, delay_ms: None, status: None, body: None }
    }

    /// The same for requests of that method and path only.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// The same for that many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// The same with a status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The same with a delay.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// The status to answer, kept to what is a failure.
    pub(crate) fn answered_status(&self) -> u16 {
        self.status.filter(|status| (400..600).contains(status)).unwrap_or(500)
    }

    /// How long to wait before serving.
    pub(crate) fn wait(&self) -> Duration {
        match self.name {
            Name::Delay => Duration::from_millis(self.delay_ms.unwrap_or(1_000)),
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn meets(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|wanted| {
                let short = path.strip_prefix("/api/v1").unwrap_or(path);
                matches(wanted, path) || matches(wanted, short)
            })
    }
}

/// Whether a path is as the pattern says (see [`Fault::path`]).
fn matches(pattern: &str, path: &str) -> bool {
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
    /// Arms one more.
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Disarms all.
    pub(crate) fn disarm(&mut self) {
        self.0.clear();
    }

    /// Uses up the first fault that meets the request, once.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        self.0.retain(|fault| fault.times > 0);
        let fault = self.0.iter_mut().find(|fault| fault.meets(method, path))?;
        fault.times -= 1;
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_prefixes_or_globs() {
        assert!(matches("/projects", "/projects/abc"));
        assert!(!matches("/projects$", "/projects/abc"));
        assert!(matches("/applications/*/envs/bulk", "/applications/abc/envs/bulk"));
        assert!(!matches("/applications/*", "/applications/abc/envs"));
    }

    #[test]
    fn a_fault_is_used_up() {
        let mut armed = Armed::default();
        armed.arm(Fault::new(Name::Limited).on("post", "/deploy").times(2));
        assert!(armed.take("GET", "/api/v1/deploy").is_none());
        assert!(armed.take("POST", "/api/v1/deploy").is_some());
        assert!(armed.take("POST", "/deploy").is_some());
        assert!(armed.take("POST", "/deploy").is_none());
    }
}
