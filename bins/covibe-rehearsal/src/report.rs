//! The outcomes of the steps.

use anyhow::Result;
use serde_json::json;

/// The outcome of a step that did not fail.
pub(crate) enum Outcome {
    /// It was seen to work.
    Passed(String),
    /// It was not tried, for this reason.
    Skipped(String),
}

/// Returns the outcome of a step that worked, with an observation.
pub(crate) fn passed_with(detail: impl Into<String>) -> Outcome {
    Outcome::Passed(detail.into())
}

/// Prints the outcome of a step. Returns whether it passed, so that others may build on it.
pub(crate) fn print_step(step: &str, outcome: Result<Outcome>) -> bool {
    let (word, detail) = match outcome {
        Ok(Outcome::Passed(detail)) => ("passed", detail),
        Ok(Outcome::Skipped(reason)) => ("skipped", reason),
        Err(error) => ("failed", format!("{error:#}")),
    };
    println!("{}", json!({ "step": step, "outcome": word, "detail": detail }));
    word == "passed"
}

/// Prints that a step was not tried.
pub(crate) fn skip(step: &str, reason: &str) {
    print_step(step, Ok(Outcome::Skipped(reason.to_owned())));
}
