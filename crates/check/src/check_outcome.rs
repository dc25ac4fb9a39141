//! The outcome of one check.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is well.
    Pass,
    /// It works, but possibly not for everything or not for long.
    Warn,
    /// Something does not work, and the text says what mends it.
    Fail,
}

/// A check and its outcome. Its text is a line that begins with the status: `PASS database: …`.
#[derive(Debug, Serialize)]
pub struct Check {
    /// The part that is checked, a dot and the subject, such as `gitea.version`; or the part alone.
    pub name: &'static str,
    /// The outcome.
    pub status: Status,
    /// One line for the operator, without secrets: the finding and, unless it is good, what mends it.
    pub says: String,
}

impl Check {
    /// Returns the check that failed because the configuration can't be read, so that there are no others.
    pub fn from_configuration_error(error: &anyhow::Error) -> Self {
        failed_check("configuration", format!("{error:#}"))
    }
}

impl Display for Check {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Pass => "PASS",
            Status::Warn => "WARN",
            Status::Fail => "FAIL",
        };
        write!(f, "{status} {}: {}", self.name, self.says)
    }
}

pub(crate) fn outcome(name: &'static str, result: anyhow::Result<String>) -> Check {
    match result {
        Ok(says) => passed_check(name, says),
        Err(error) => failed_check(name, format!("{error:#}")),
    }
}

/// A check that passes if `so` holds.
pub(crate) fn is(name: &'static str, so: bool, says: &str, otherwise: &str) -> Check {
    if so { passed_check(name, says) } else { failed_check(name, otherwise) }
}

pub(crate) fn passed_check(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Pass, says: says.into() }
}

pub(crate) fn warned_check(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Warn, says: says.into() }
}

pub(crate) fn failed_check(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Fail, says: says.into() }
}

/// A check that could not be completed.
pub(crate) fn broken(name: &'static str, error: &impl Display) -> Check {
    failed_check(name, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_the_status_in_capitals() {
        assert_eq!(passed_check("database", "sqlite").to_string(), "PASS database: sqlite");
        assert_eq!(warned_check("a", "b").to_string(), "WARN a: b");
        assert_eq!(is("a", false, "good", "bad").to_string(), "FAIL a: bad");
        let json = serde_json::to_value(warned_check("a", "b")).unwrap();
        assert_eq!(json["status"], "warn");
    }
}
