//! Runs test binaries side by side and prints their outputs, one after the other, then runs failed tests once more with
//! nothing beside them.
//!
//! Thousands of tests run whole servers with deadlines side by side, and on a machine that stands still for some
//! seconds one of them misses its own. That says nothing about the product, but a test that fails by itself, too,
//! does. What passes only then is named, so that somebody looks at it.

use std::collections::VecDeque;
use std::iter;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::cores_and_memory_folder;
use super::job_process::{EndedJob, THREADS, carry_out};
use super::test_binaries::Job;
use super::test_tally::{self, Tally};

/// The number of test binaries, or parts of large ones, that run at once on each core.
const BINARIES_PER_CORE: usize = 1;

/// The number of tests of one binary that run at once. With more, most cores work all the time, too, but each test takes
/// so long that it misses its own deadlines.
const TESTS: &str = "3";

/// The maximum number of tests that are run again, of some five thousand: more don't fail because of the machine.
const MOST_REPEATED: usize = 10;

/// A process that has ended.
struct EndedProcess {
    /// The job, which can be run again.
    job: Job,
    outcome: Result<EndedJob>,
    took: Duration,
}

/// A job that failed.
struct Failed {
    job: Job,
    /// The tests of it that failed; none if the process failed otherwise.
    tests: Vec<String>,
}

/// Runs all jobs, and [again](run_again) those that failed. The last line says how many tests passed and
/// failed.
pub(super) fn run(jobs: Vec<Job>) -> Result<()> {
    let start = Instant::now();
    let mut tally = Tally::default();
    let failed = side_by_side(jobs, &mut tally);
    let failed = run_again(failed, &mut tally);
    let names: Vec<_> = failed.iter().map(|each| each.job.name.as_str()).collect();
    for each in &failed {
        println!("FAILED: {}: {}", each.job.name, each.tests.join(", "));
    }
    println!("The slowest tests:");
    tally.slowest().for_each(|line| println!("{line}"));
    let (took, cpu) = (start.elapsed().as_secs_f64(), tally.cpu().as_secs_f64());
    println!("finished in {took:.1} s, with {cpu:.0} s CPU");
    println!("{tally}");
    if !names.is_empty() {
        bail!("{} of the test binaries failed: {}", names.len(), names.join(", "));
    }
    Ok(())
}

/// Runs all jobs and prints what they print. Returns those that failed.
fn side_by_side(jobs: Vec<Job>, tally: &mut Tally) -> Vec<Failed> {
    let threads = std::env::var(THREADS).unwrap_or_else(|_| TESTS.to_owned());
    let queue = Mutex::new(VecDeque::from(jobs));
    let (sender, ended) = mpsc::channel();
    thread::scope(|scope| {
        for core in iter::repeat_n(cores_and_memory_folder::cores(), BINARIES_PER_CORE).flatten() {
            let (queue, threads, sender) = (&queue, &threads, sender.clone());
            scope.spawn(move || {
                core.pin_thread();
                lane(queue, threads, &sender);
            });
        }
        drop(sender);
        ended.into_iter().filter_map(|each| report(each, tally)).collect()
    })
}

/// Runs one job after the other until none is left.
fn lane(queue: &Mutex<VecDeque<Job>>, threads: &str, ended: &mpsc::Sender<EndedProcess>) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    while let Some(job) = next() {
        let start = Instant::now();
        let copy = job.with_tests(job.name.clone(), job.tests.clone());
        let outcome = carry_out(job, threads);
        // The receiver outlives every lane.
        let _sent = ended.send(EndedProcess { job: copy, outcome, took: start.elapsed() });
    }
}

/// Prints the output of a process, and counts its tests. Returns the job if it failed.
fn report(ended: EndedProcess, tally: &mut Tally) -> Option<Failed> {
    let EndedProcess { job, outcome, took } = ended;
    let cpu = outcome.as_ref().ok().and_then(|ended| ended.cpu);
    let used = cpu.map(|cpu| format!(", {:.1} s CPU", cpu.as_secs_f64())).unwrap_or_default();
    println!("== {}, {:.1} s{used}", job.name, took.as_secs_f64());
    tally.add_cpu(cpu.unwrap_or_default());
    let tests = match outcome {
        Ok(EndedJob { status, output, .. }) => {
            print!("{output}");
            tally.add(&output);
            if status.success() {
                return None;
            }
            println!("{} failed ({status})", job.name);
            test_tally::failures(&output)
        }
        Err(error) => {
            println!("{error:#}");
            Vec::new()
        }
    };
    Some(Failed { job, tests })
}

/// Runs the tests that failed again, one after the other. Returns the jobs that have really failed.
fn run_again(failed: Vec<Failed>, tally: &mut Tally) -> Vec<Failed> {
    let count: usize = failed.iter().map(|each| each.tests.len()).sum();
    if count > MOST_REPEATED {
        return failed;
    }
    failed.into_iter().filter_map(|each| once_more(each, tally)).collect()
}

/// Returns the job if it fails again, or if the failure is not one of its tests.
fn once_more(failed: Failed, tally: &mut Tally) -> Option<Failed> {
    let Failed { job, tests } = failed;
    if tests.is_empty() {
        return Some(Failed { job, tests });
    }
    let name = format!("{} again", job.name);
    println!("== {name}, alone: {}", tests.join(", "));
    let passes = match carry_out(job.with_tests(name, tests.clone()), "1") {
        Ok(EndedJob { status, output, .. }) => {
            print!("{output}");
            status.success()
        }
        Err(error) => {
            println!("{error:#}");
            false
        }
    };
    if !passes {
        return Some(Failed { job, tests });
    }
    tally.mend(tests.len());
    for test in &tests {
        println!("PASSED ONLY ALONE: {test}");
    }
    None
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
    fn a_failure_fails_the_run_and_is_named() {
        let good = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'";
        let bad = "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 101";
        run(vec![job("good", good)]).unwrap();
        let error = run(vec![job("bad", bad), job("good", good)]).unwrap_err().to_string();
        assert_eq!(error, "1 of the test binaries failed: bad");
    }

    /// Runs a script that fails in so many tests, unless its arguments name those to run.
    fn run_failing(failing: usize, alone: &str) -> Result<(), String> {
        let all = format!(
            "for i in $(seq {failing}); do echo \"test a::t$i ... FAILED\"; done; \
             echo 'test result: FAILED. 1 passed; {failing} failed'; exit 101"
        );
        let job = job("it", &format!("if [ \"$0\" = --exact ]; then {alone}; else {all}; fi"));
        super::run(vec![job]).map_err(|error| error.to_string())
    }

    #[test]
    fn failed_tests_that_pass_when_repeated_count_as_passed() {
        assert_eq!(run_failing(2, "[ \"$*\" = 'a::t1 a::t2' ]"), Ok(()));
    }

    #[test]
    fn a_test_that_fails_again_when_repeated_counts_as_failed() {
        let failed = Err("1 of the test binaries failed: it".to_owned());
        assert_eq!(run_failing(1, "exit 101"), failed);
    }

    #[test]
    fn too_many_failures_are_not_repeated() {
        assert!(run_failing(MOST_REPEATED + 1, "true").is_err());
        assert!(run_failing(0, "true").is_err(), "no test failed, but the process");
    }
}
