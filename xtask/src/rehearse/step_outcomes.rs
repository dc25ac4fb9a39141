//! The outcomes of the steps of a rehearsal.

use anyhow::{Result, anyhow, ensure};

/// The outcome of a step that did not fail.
pub(super) enum Outcome {
    /// It was seen to work.
    Passed(String),
    /// It was not tried, for this reason.
    Skipped(String),
}

/// Returns the outcome of a step that worked, with an observation.
pub(super) fn passed_with(detail: impl Into<String>) -> Outcome {
    Outcome::Passed(detail.into())
}

/// The steps so far.
#[derive(Default)]
pub(super) struct Report {
    steps: usize,
    failed: usize,
}

impl Report {
    /// Prints the outcome of a step. Returns whether it passed, so that others may build on it.
    pub(super) fn print_step(&mut self, step: &str, outcome: Result<Outcome>) -> bool {
        self.steps += 1;
        let (word, detail) = match outcome {
            Ok(Outcome::Passed(detail)) => ("passed", detail),
            Ok(Outcome::Skipped(reason)) => ("skipped", reason),
            Err(error) => ("failed", format!("{error:#}")),
        };
        self.failed += usize::from(word == "failed");
        println!("{}", format!("{word:<8}{step:<44}{detail}").trim_end());
        word == "passed"
    }

    /// Prints the outcome of a step of another program.
    pub(super) fn pass_on(&mut self, step: &str, word: &str, detail: &str) {
        let detail = detail.to_owned();
        let outcome = match word {
            "passed" => Ok(Outcome::Passed(detail)),
            "skipped" => Ok(Outcome::Skipped(detail)),
            _ => Err(anyhow!(detail)),
        };
        self.print_step(step, outcome);
    }

    /// Prints that a step was not tried.
    pub(super) fn skip(&mut self, step: &str, reason: &str) {
        self.print_step(step, Ok(Outcome::Skipped(reason.to_owned())));
    }

    /// Fails if a step did.
    pub(super) fn finish(&self) -> Result<()> {
        ensure!(self.failed == 0, "{} of {} steps failed", self.failed, self.steps);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_rehearsal_with_a_failed_step_fails() {
        let mut report = Report::default();
        assert!(report.print_step("one", Ok(passed_with(""))));
        report.skip("two", "no credentials");
        assert!(report.finish().is_ok());
        let refused: fn() -> Result<Outcome> = || bail!("refused");
        assert!(!report.print_step("three", refused()));
        assert_eq!(report.finish().unwrap_err().to_string(), "1 of 3 steps failed");
    }
}
