//! Tests that failed, run once more with nothing beside them.
//!
//! Thousands of tests run whole servers with deadlines side by side, and on a machine that stands still for some
//! seconds one of them misses its own. That says nothing about the product, but a test that fails by itself, too,
//! does. What passes only then is named, so that somebody looks at it.

use super::process::{EndedJob, carry_out};
use super::tally::Tally;
use super::test_binaries::Job;

/// The most tests that are run again, of some five thousand: more don't fail because of the machine.
pub(super) const MOST: usize = 10;

/// A job that failed.
pub(super) struct Failed {
    pub(super) job: Job,
    /// The tests of it that failed; none if the process failed otherwise.
    pub(super) tests: Vec<String>,
}

/// Runs the tests that failed again, one after the other. Returns the jobs that have really failed.
pub(super) fn run_again(failed: Vec<Failed>, tally: &mut Tally) -> Vec<Failed> {
    let count: usize = failed.iter().map(|each| each.tests.len()).sum();
    if count > MOST {
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
