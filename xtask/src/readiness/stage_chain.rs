//! The stages of a gate, which follow each other until one does not pass.

use anyhow::Result;

/// The exit code of a stage that passed.
pub(super) const PASSED: u8 = 0;

/// The exit code of a stage that could not be carried out.
const FAILED: u8 = 1;

/// A stage of a gate.
pub(super) struct Stage<'a> {
    name: &'static str,
    run: Box<dyn FnOnce() -> Result<u8> + 'a>,
}

impl<'a> Stage<'a> {
    /// Creates a stage, whose exit code `run` returns.
    pub(super) fn new(name: &'static str, run: impl FnOnce() -> Result<u8> + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Runs stages in order, and prints the verdict as the last line. The first stage that does not pass ends the chain,
/// with its exit code.
pub(super) fn run(gate: &str, stages: Vec<Stage<'_>>) -> u8 {
    for Stage { name, run } in stages {
        println!("== {gate}: {name}");
        let code = run().unwrap_or_else(|error| {
            println!("error: {error:#}");
            FAILED
        });
        if code != PASSED {
            println!("FAIL {gate}: {name} ended with {code}");
            return code;
        }
    }
    println!("PASS {gate}");
    PASSED
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_first_failing_stage_ends_the_chain_with_its_exit_code() {
        let ran = RefCell::new(Vec::new());
        let stage = |name: &'static str, outcome: Result<u8>| {
            let ran = &ran;
            Stage::new(name, move || {
                ran.borrow_mut().push(name);
                outcome
            })
        };
        assert_eq!(run("all", vec![stage("a", Ok(0)), stage("b", Ok(0))]), 0);
        assert_eq!(run("some", vec![stage("c", Ok(3)), stage("d", Ok(0))]), 3);
        assert_eq!(
            run("none", vec![stage("e", Err(anyhow::anyhow!("why"))), stage("f", Ok(0))]),
            1
        );
        assert_eq!(*ran.borrow(), ["a", "b", "c", "e"]);
    }
}
