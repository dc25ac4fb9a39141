//! The program on the host that speaks the engine's API.

use serde::Deserialize;

/// The gate's name. The account's `authorized_keys` forces it, whatever the session asks for.
const GATE: &[&str] = &["covibe-docker-gate"];

/// The command of Docker's client in its place.
const DIAL: &[&str] = &["docker", "system", "dial-stdio"];

/// The program that speaks the engine's API on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiProgram {
    /// By the gate.
    Gate(Gate),
    /// By Docker's client.
    Dial,
}

/// The gate's answer to `GET /covibe/gate`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Gate {
    /// Its version.
    pub(crate) gate: String,
    /// True if it may signal the processes of others.
    pub(crate) kill: bool,
}

impl ApiProgram {
    /// The command for a session that finds out whether the gate answers.
    pub(super) const ASK: &[&str] = GATE;

    /// The command for a session.
    pub(super) fn command(&self) -> &'static [&'static str] {
        match self {
            Self::Gate(_) => GATE,
            Self::Dial => DIAL,
        }
    }

    /// Reads the answer to `GET /covibe/gate`: an engine behind a forced `dial-stdio` answers 404.
    pub(super) fn from_answer(body: &[u8]) -> Self {
        serde_json::from_slice(body).map_or(Self::Dial, |gate: Gate| Self::Gate(gate.sanitized()))
    }
}

impl Gate {
    /// Reduces the version to characters that are safe to show.
    fn sanitized(mut self) -> Self {
        self.gate.retain(|c| c.is_ascii_alphanumeric() || ".+-".contains(c));
        self.gate.truncate(40);
        self
    }
}
