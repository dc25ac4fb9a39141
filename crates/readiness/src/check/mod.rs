//! Checks as values, and their findings.

mod check_outcome;

use std::fmt;

use futures_util::future::BoxFuture;

pub use check_outcome::{Finding, Status, Verdict};

/// A part of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// The addresses and connections.
    Reach,
    /// The protection of connections.
    Tls,
    /// The server's own words.
    Health,
    /// The tools.
    Surface,
    /// The sign-in.
    SignIn,
    /// Everything that is closed without a key.
    Closed,
    /// Requests of MCP.
    Mcp,
    /// The setup of devices.
    Device,
    /// The package of the companion.
    Package,
    /// Headers of answers.
    Headers,
    /// A key of a workspace for canaries.
    Key,
    /// The configuration of production.
    Production,
    /// The names and certificates of apps.
    Apps,
    /// Secrets in any byte that was received.
    Leaks,
}

impl Group {
    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Tls => "tls",
            Self::Health => "health",
            Self::Surface => "surface",
            Self::SignIn => "sign-in",
            Self::Closed => "closed",
            Self::Mcp => "mcp",
            Self::Device => "device",
            Self::Package => "package",
            Self::Headers => "headers",
            Self::Key => "key",
            Self::Production => "production",
            Self::Apps => "apps",
            Self::Leaks => "leaks",
        }
    }
}

/// The weight of a failed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The server is open, unreachable or leaks secrets.
    Critical,
    /// Customers will run into it.
    High,
    /// It weakens the server.
    Medium,
}

impl Severity {
    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
        }
    }
}

/// The moment of a check in a run. A stage begins when the earlier ones have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The connection to the server. If there is none, nothing else is looked at.
    Reach,
    /// Health, tools and package. If none of them answers in time, nothing else is looked at.
    First,
    /// Everything else.
    Rest,
    /// The sightings in all answers.
    Last,
}

/// A check: what it is about, and how it is run on a `P`.
pub struct Check<P: 'static> {
    /// Its id, which reports and runbooks use.
    pub id: &'static str,
    /// The part of the server.
    pub group: Group,
    /// The weight of its failure.
    pub severity: Severity,
    /// Its moment.
    pub stage: Stage,
    /// A line about it.
    pub title: &'static str,
    /// The usual way to mend what it finds.
    pub fix: &'static str,
    /// The reason why it matters.
    pub explain: &'static str,
    /// Runs it.
    pub run: for<'a> fn(&'a P) -> BoxFuture<'a, Verdict>,
}

impl<P> fmt::Debug for Check<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("id", &self.id).finish_non_exhaustive()
    }
}
