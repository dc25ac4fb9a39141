//! The process of a job.

use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result};

use super::plan::Job;
use crate::shell;

/// The environment variable by which the contributor chooses the number of tests at once.
pub(super) const THREADS: &str = "RUST_TEST_THREADS";

/// How many threads of a runtime do work, whatever the number of cores: with a single one, what blocks it for a
/// moment stops all of its server, which then fails by its own deadlines.
const WORKERS: [(&str, &str); 1] = [("TOKIO_WORKER_THREADS", "2")];

/// What has a test binary print how long each test took. The option is unstable, so the variable has the binary take it.
const TIMES: ([&str; 2], (&str, &str)) =
    (["-Zunstable-options", "--report-time"], ("RUSTC_BOOTSTRAP", "1"));

/// Runs a job to its end; returns what it printed, both streams in the order of their lines.
pub(super) fn carry_out(job: Job, threads: &str) -> Result<(ExitStatus, String)> {
    let Job { name, mut command, tests, is_harness, .. } = job;
    if is_harness {
        let (options, (variable, value)) = TIMES;
        command.args(options).env(variable, value);
    }
    if !tests.is_empty() {
        command.arg("--exact").args(tests);
    }
    let (mut reader, writer) = std::io::pipe()?;
    // A missing PostgreSQL fails the tests that need it, instead of skipping them.
    command.env("COVIBE_TEST_POSTGRES", "required").env(THREADS, threads).envs(WORKERS);
    // Snapshots are compared, and not written: nothing appears in the tree.
    command.env("INSTA_UPDATE", "no").env("INSTA_WORKSPACE_ROOT", shell::root());
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{name} did not start"))?;
    // It holds the pipe's other end open.
    drop(command);
    let mut output = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut output)?;
    Ok((child.wait()?, String::from_utf8_lossy(&output).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn job(name: &str, script: &str) -> Job {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Job { name: name.to_owned(), size: 0, command, tests: Vec::new(), is_harness: false }
    }

    #[test]
    fn a_test_binary_is_asked_for_the_times_of_its_tests() {
        let asked = Job { is_harness: true, ..job("asked", "echo $0 $* $RUSTC_BOOTSTRAP") };
        assert_eq!(carry_out(asked, "1").unwrap().1, "-Zunstable-options --report-time 1\n");
    }

    #[test]
    fn a_part_of_a_binary_runs_the_tests_of_the_part() {
        let part = job("binary", "echo $0 $*").of("part".to_owned(), vec!["a::b".to_owned()]);
        assert_eq!(carry_out(part, "1").unwrap().1, "--exact a::b\n");
    }

    #[test]
    fn both_streams_are_kept_in_order() {
        let talkative = job("talkative", "echo one; echo two >&2; echo three; exit 3");
        let (status, output) = carry_out(talkative, "1").unwrap();
        assert_eq!((status.code(), output.as_str()), (Some(3), "one\ntwo\nthree\n"));
    }

    #[test]
    fn every_binary_is_told_how_many_tests_run_at_once_and_that_postgresql_is_required() {
        let told = job("told", "echo $RUST_TEST_THREADS $COVIBE_TEST_POSTGRES");
        assert_eq!(carry_out(told, "12").unwrap().1, "12 required\n");
    }
}
