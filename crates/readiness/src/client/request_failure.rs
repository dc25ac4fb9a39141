//! The reasons why a request got no whole answer.

use std::fmt;
use std::time::Duration;

/// A phase of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The addresses of the host.
    Dns,
    /// The connection.
    Connect,
    /// The handshake of TLS.
    Tls,
    /// The request, and the answer's status and headers.
    Headers,
    /// The answer's body.
    Body,
}

impl Phase {
    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Headers => "headers",
            Self::Body => "body",
        }
    }
}

/// The kind of a trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It took longer than this.
    TimedOut(Duration),
    /// The time of the whole run was up.
    OutOfTime,
    /// The name leads nowhere, or the resolver did not answer.
    Unresolved(String),
    /// The connection was refused or broke.
    Connection(String),
    /// The certificate or the protocol of TLS was not accepted.
    Tls(String),
    /// The answer is not HTTP, or longer than what is read.
    Answer(String),
}

/// The reason why a request got no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The method and the path.
    pub endpoint: String,
    /// The phase in which it happened.
    pub phase: Phase,
    /// The cause.
    pub cause: Cause,
    /// The number of connections that were tried.
    pub attempts: u32,
}

impl Trouble {
    /// Returns whether it says nothing about the server: it may be the network's, or another time's.
    pub const fn is_inconclusive(&self) -> bool {
        matches!(self.cause, Cause::TimedOut(_) | Cause::OutOfTime | Cause::Unresolved(_))
    }

    /// Returns whether another connection may get further.
    pub(super) const fn is_worth_a_retry(&self) -> bool {
        matches!(self.phase, Phase::Connect)
            && matches!(self.cause, Cause::TimedOut(_) | Cause::Connection(_))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (endpoint, phase) = (&self.endpoint, self.phase.as_str());
        match &self.cause {
            Cause::TimedOut(after) => {
                write!(f, "{endpoint} stalled in {phase}: nothing after {} s", seconds(*after))
            }
            Cause::OutOfTime => {
                write!(
                    f,
                    "{endpoint} did not finish {phase}: the time limit of the run was reached"
                )
            }
            Cause::Unresolved(text)
            | Cause::Connection(text)
            | Cause::Tls(text)
            | Cause::Answer(text) => write!(f, "{endpoint} failed in {phase}: {text}"),
        }?;
        if self.attempts > 1 { write!(f, " ({} attempts)", self.attempts) } else { Ok(()) }
    }
}

/// Returns seconds with at most two decimals.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_names_method_path_phase_and_seconds() {
        let trouble = Trouble {
            endpoint: "GET /api/health".to_owned(),
            phase: Phase::Body,
            cause: Cause::TimedOut(Duration::from_millis(2500)),
            attempts: 3,
        };
        let text = "GET /api/health stalled in body: nothing after 2.5 s (3 attempts)";
        assert_eq!(trouble.to_string(), text);
        assert!(trouble.is_inconclusive() && !trouble.is_worth_a_retry());
    }
}
