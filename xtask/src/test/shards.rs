//! Large test binaries in parts, so that no binary runs on alone after all others.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use super::test_binaries::Job;

/// The most tests of a part. Each part starts what tests of one process share, such as a PostgreSQL.
const MOST_TESTS: usize = 160;

/// Returns the jobs with those in parts that have many tests; the largest binaries stay first.
pub(super) fn split(jobs: Vec<Job>) -> Result<Vec<Job>> {
    let parts = jobs.into_iter().map(parts).collect::<Result<Vec<_>>>()?;
    Ok(parts.into_iter().flatten().collect())
}

fn parts(job: Job) -> Result<Vec<Job>> {
    let tests = tests(&job)?;
    let count = tests.len().div_ceil(MOST_TESTS);
    if count < 2 {
        return Ok(vec![job]);
    }
    let part = |number: usize| {
        // Neighbours in the list are alike: each part gets some of them.
        let some = tests.iter().skip(number).step_by(count).cloned().collect();
        job.with_tests(format!("{} {}/{count}", job.name, number + 1), some)
    };
    Ok((0..count).map(part).collect())
}

/// Returns the names of the tests in a binary.
fn tests(job: &Job) -> Result<Vec<String>> {
    let mut command = job.with_tests(job.name.clone(), Vec::new()).command;
    let output = command.args(["--list", "--format", "terse"]).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{} did not start", job.name))?;
    ensure!(output.status.success(), "{} does not list its tests", job.name);
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A job that lists so many tests.
    fn job(tests: usize) -> Job {
        let mut command = Command::new("sh");
        command.args(["-c", "seq -f 'it::%g: test' \"$0\"", &tests.to_string()]);
        Job { name: "many it".to_owned(), size: 7, command, tests: Vec::new(), is_harness: false }
    }

    #[test]
    fn a_binary_with_many_tests_is_split_into_shards() {
        let few = split(vec![job(MOST_TESTS)]).unwrap();
        assert_eq!((few.len(), few[0].name.as_str()), (1, "many it"));
        let many = split(vec![job(2 * MOST_TESTS + 1), job(1)]).unwrap();
        let names: Vec<_> = many.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, ["many it 1/3", "many it 2/3", "many it 3/3", "many it"]);
    }

    #[test]
    fn each_test_is_in_exactly_one_shard() {
        let parts = split(vec![job(2 * MOST_TESTS + 1)]).unwrap();
        let mut found: Vec<_> = parts.into_iter().flat_map(|part| part.tests).collect();
        found.sort();
        let count = found.len();
        found.dedup();
        assert_eq!((found.len(), count), (2 * MOST_TESTS + 1, 2 * MOST_TESTS + 1));
    }
}
