//! Runs test binaries side by side and prints what each of them printed, one after the other.

use std::collections::VecDeque;
use std::iter;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::cores;
use super::plan::Job;
use super::tally::Tally;
use crate::shell;

/// How many test binaries, or parts of large ones, run at once on each core.
const BINARIES_PER_CORE: usize = 2;

/// How many tests of one binary run at once.
const TESTS: &str = "2";

/// How many threads of a runtime do work, whatever the number of cores: with a single one, what blocks it for a
/// moment stops all of its server, which then fails by its own deadlines.
const WORKERS: [(&str, &str); 1] = [("TOKIO_WORKER_THREADS", "2")];

/// The environment variable by which the contributor chooses the number of tests at once.
const THREADS: &str = "RUST_TEST_THREADS";

/// A process that has ended.
struct Ended {
    name: String,
    outcome: Result<(ExitStatus, String)>,
    took: Duration,
}

/// Runs all jobs. The last line says how many tests passed and failed.
pub(super) fn run(jobs: Vec<Job>) -> Result<()> {
    let threads = std::env::var(THREADS).unwrap_or_else(|_| TESTS.to_owned());
    let start = Instant::now();
    let queue = Mutex::new(VecDeque::from(jobs));
    let (sender, ended) = mpsc::channel();
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    thread::scope(|scope| {
        for core in iter::repeat_n(cores::all(), BINARIES_PER_CORE).flatten() {
            let (queue, threads, sender) = (&queue, &threads, sender.clone());
            scope.spawn(move || {
                core.keep();
                lane(queue, threads, &sender);
            });
        }
        drop(sender);
        for each in ended {
            report(&each, &mut tally, &mut failed);
        }
    });
    for name in &failed {
        println!("FAILED: {name}");
    }
    println!("finished in {:.1} s", start.elapsed().as_secs_f64());
    println!("{tally}");
    if !failed.is_empty() {
        bail!("{} of the test binaries failed: {}", failed.len(), failed.join(", "));
    }
    Ok(())
}

/// Runs one job after the other until none is left.
fn lane(queue: &Mutex<VecDeque<Job>>, threads: &str, ended: &mpsc::Sender<Ended>) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    while let Some(job) = next() {
        let start = Instant::now();
        let name = job.name.clone();
        let outcome = carry_out(job, threads);
        // The receiver outlives every lane.
        let _sent = ended.send(Ended { name, outcome, took: start.elapsed() });
    }
}

/// Runs a job to its end; returns what it printed, both streams in the order of their lines.
fn carry_out(job: Job, threads: &str) -> Result<(ExitStatus, String)> {
    let Job { name, mut command, .. } = job;
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

/// Prints what a process printed, and counts its tests.
fn report(ended: &Ended, tally: &mut Tally, failed: &mut Vec<String>) {
    let Ended { name, outcome, took } = ended;
    println!("== {name}, {:.1} s", took.as_secs_f64());
    match outcome {
        Ok((status, output)) => {
            print!("{output}");
            tally.add(output);
            if status.success() {
                return;
            }
            println!("{name} failed ({status})");
        }
        Err(error) => println!("{error:#}"),
    }
    failed.push(name.clone());
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn job(name: &str, script: &str) -> Job {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Job { name: name.to_owned(), size: 0, command }
    }

    #[test]
    fn one_failure_fails_the_run_and_is_named() {
        let good = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'";
        let bad = "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 101";
        run(vec![job("good", good)]).unwrap();
        let error = run(vec![job("bad", bad), job("good", good)]).unwrap_err().to_string();
        assert_eq!(error, "1 of the test binaries failed: bad");
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
