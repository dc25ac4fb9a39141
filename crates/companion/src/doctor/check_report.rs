//! The subject of an examination, a check, and the report of all.

use std::fmt;
use std::path::PathBuf;

use covibe_domain::Secret;
use serde::Serialize;

use crate::agent_kinds::Agent;
use crate::agents::{Finding, Level, Places};
use crate::command_error::Exit;
use crate::home::CompanionHome;
use crate::origin::Origin;

/// The subject of an examination.
#[derive(Clone, Debug)]
pub struct Doctor {
    /// The companion's folder.
    pub home: CompanionHome,
    /// The places of agents.
    pub places: Places,
    /// The server.
    pub origin: Origin,
    /// The agents to examine; `None` for those that are connected to the server.
    pub agents: Option<Vec<Agent>>,
    /// A key that a person minted, which all agents use.
    pub token: Option<Secret>,
    /// The folder in which the command runs.
    pub folder: Option<PathBuf>,
    /// True if a service is expected.
    pub expects_service: bool,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckLevel {
    /// As it should be.
    Pass,
    /// Something works less than it could.
    Warn,
    /// Something does not work.
    Fail,
    /// It was not examined.
    Skip,
}

impl fmt::Display for CheckLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
            Self::Skip => "SKIP",
        })
    }
}

/// A check that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name, such as `server.health`.
    pub id: String,
    /// The outcome.
    pub level: CheckLevel,
    /// The finding, as a sentence.
    pub message: String,
    /// The remedy, with a command if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Check {
    fn new(id: &str, level: CheckLevel, message: impl Into<String>) -> Self {
        Self { id: id.to_owned(), level, message: message.into(), fix: None }
    }

    pub(super) fn pass(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, CheckLevel::Pass, message)
    }

    pub(super) fn warn(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, CheckLevel::Warn, message)
    }

    pub(super) fn fail(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, CheckLevel::Fail, message)
    }

    pub(super) fn skip(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, CheckLevel::Skip, message)
    }

    #[must_use]
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        let level = match finding.level {
            Level::Ok => CheckLevel::Pass,
            Level::Warn => CheckLevel::Warn,
            Level::Fail => CheckLevel::Fail,
        };
        Self { id: finding.id, level, message: finding.message, fix: finding.fix }
    }
}

/// All checks.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The server.
    pub origin: Origin,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// Returns the number of checks with this outcome.
    pub fn count(&self, level: CheckLevel) -> usize {
        self.checks.iter().filter(|check| check.level == level).count()
    }

    /// Returns the exit code: 1 if a check failed, and 4 for warnings if they count.
    pub fn exit(&self, is_strict: bool) -> Exit {
        match (self.count(CheckLevel::Fail), self.count(CheckLevel::Warn)) {
            (1.., _) => Exit::Failed,
            (0, 1..) if is_strict => Exit::Warnings,
            _ => Exit::Success,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{}  {:<24} {}", check.level, check.id, check.message)?;
            if let Some(fix) = &check.fix {
                writeln!(f, "      {:<24} Fix: {fix}", "")?;
            }
        }
        let [failed, warned] = [CheckLevel::Fail, CheckLevel::Warn].map(|level| self.count(level));
        match (failed, warned) {
            (0, 0) => write!(f, "Everything works with {}.", self.origin),
            _ => write!(
                f,
                "{}: {}, {}.",
                self.origin,
                plural(failed, "failure"),
                plural(warned, "warning")
            ),
        }
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
