//! The outcome of one check.

use std::fmt::Display;

use serde::Serialize;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Pass,
    /// It works, but possibly not for everything or not for long.
    Warn,
    Fail,
}

/// A check and its outcome.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) says: String,
}

pub(super) fn outcome(name: &'static str, result: anyhow::Result<String>) -> Check {
    match result {
        Ok(says) => passed_check(name, says),
        Err(error) => failed_check(name, format!("{error:#}")),
    }
}

/// A check that passes if `so` holds.
pub(super) fn is(name: &'static str, so: bool, says: &str, otherwise: &str) -> Check {
    if so { passed_check(name, says) } else { failed_check(name, otherwise) }
}

pub(super) fn passed_check(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Pass, says: says.into() }
}

pub(super) fn warned_check(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Warn, says: says.into() }
}

pub(super) fn failed_check(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Fail, says: says.into() }
}

/// A check that could not be completed.
pub(super) fn broken(name: &'static str, error: &impl Display) -> Check {
    failed_check(name, error.to_string())
}
