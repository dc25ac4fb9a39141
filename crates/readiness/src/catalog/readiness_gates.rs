//! The gates: sets of checks that end in one word.

use std::time::Duration;

/// A gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// The quick look before anything slow.
    Preflight,
    /// All of it in depth.
    Canary,
    /// The configuration of production, as it is seen from outside.
    Production,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Self; 3] = [Self::Preflight, Self::Canary, Self::Production];

    /// Returns its name, which its last line ends with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preflight => "readiness-handoff-preflight",
            Self::Canary => "canary-hosted",
            Self::Production => "doctor-production",
        }
    }

    /// Returns its name in a run against this machine or another one.
    pub const fn name_of_run(self, is_rehearsal: bool) -> &'static str {
        if is_rehearsal { "local rehearsal" } else { self.name() }
    }

    /// Returns the time that a run may take.
    pub const fn time(self) -> Duration {
        match self {
            Self::Preflight => Duration::from_secs(35),
            Self::Canary => Duration::from_mins(5),
            Self::Production => Duration::from_mins(1),
        }
    }
}
