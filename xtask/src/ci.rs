//! `cargo xtask ci`: runs every gate in order, up to the first that fails.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::{dependencies, openapi, shell, test, tidy};

/// A gate's name and its action.
type Gate = (&'static str, fn() -> Result<()>);

const GATES: [Gate; 8] = [
    ("fmt", || shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))),
    ("clippy", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        shell::run(&mut shell::cargo(arguments))
    }),
    ("doc", || {
        let arguments = ["doc", "--no-deps", "--workspace", "--document-private-items"];
        shell::run(shell::cargo(arguments).env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("tidy", || tidy::run(&tidy::Arguments { write: false })),
    ("deny", dependencies::deny),
    ("unused", dependencies::unused),
    ("test", || test::run(&TESTS)),
    ("openapi", openapi::check),
];

/// How the tests are run. The programs that they start are those of the tests' own build, without the optimisation of
/// a release, which would compile all dependencies once more. Their random inputs are the same in every run: a gate
/// judges the change, and not what was drawn. Contributors' own runs draw others.
const TESTS: test::Arguments = test::Arguments {
    release: false,
    clients: true,
    docker: true,
    seed: Some(1),
    since: None,
    further: Vec::new(),
};

/// Runs the gates and prints each with its duration.
pub(crate) fn run() -> Result<()> {
    pass(&GATES)
}

fn pass(gates: &[Gate]) -> Result<()> {
    let start = Instant::now();
    for (name, gate) in gates {
        println!("== {name}");
        let start = Instant::now();
        gate().with_context(|| {
            format!("{name} failed after {:.1} s", start.elapsed().as_secs_f64())
        })?;
        println!("== {name} passed in {:.1} s", start.elapsed().as_secs_f64());
    }
    println!("All {} gates passed in {:.1} s.", gates.len(), start.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_failure_and_names_it() {
        let never: fn() -> Result<()> = || panic!("ran after a failure");
        let gates: [Gate; 3] =
            [("good", || Ok(())), ("bad", || anyhow::bail!("why")), ("never", never)];
        let error = format!("{:#}", pass(&gates).unwrap_err());
        assert!(error.starts_with("bad failed after") && error.ends_with(": why"), "{error}");
    }
}
