//! Sums the tests that passed and failed over the results that test binaries print, and finds the slowest.

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

/// The number of the slowest tests that are shown.
const SLOWEST: usize = 10;

/// The sum of the lines `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// The tests that took longest, the slowest first, in milliseconds.
    slowest: Vec<(u64, String)>,
    cpu: Duration,
}

impl Tally {
    /// Adds the results in a test binary's output.
    pub(super) fn add(&mut self, output: &str) {
        for line in output.lines().filter(|line| line.starts_with("test result: ")) {
            self.passed += count(line, "passed");
            self.failed += count(line, "failed");
            self.ignored += count(line, "ignored");
        }
        self.slowest.extend(output.lines().filter_map(parse_timed));
        self.slowest.sort_by_key(|(milliseconds, _)| Reverse(*milliseconds));
        self.slowest.truncate(SLOWEST);
    }

    /// Adds the time that a test binary used of the processors.
    pub(super) fn add_cpu(&mut self, used: Duration) {
        self.cpu += used;
    }

    /// Returns the time that all used of the processors.
    pub(super) fn cpu(&self) -> Duration {
        self.cpu
    }

    /// Returns a line for each of the tests that took longest, the slowest first.
    pub(super) fn slowest(&self) -> impl Iterator<Item = String> {
        let shown = |(milliseconds, name): &(u64, String)| {
            format!("{:>7}.{} s {name}", milliseconds / 1000, milliseconds % 1000 / 100)
        };
        self.slowest.iter().map(shown)
    }

    /// Moves tests from those that failed to those that passed.
    pub(super) fn mend(&mut self, tests: usize) {
        let mended = tests.min(self.failed);
        self.failed -= mended;
        self.passed += mended;
    }
}

/// Returns the tests that failed, by the lines `test NAME ... FAILED <0.123s>` of a test binary's output.
pub(super) fn failures(output: &str) -> Vec<String> {
    let failed = |line: &str| {
        let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let is_failed = result == "FAILED" || result.starts_with("FAILED <");
        is_failed.then(|| name.to_owned())
    };
    output.lines().filter_map(failed).collect()
}

/// Returns the test of a line `test NAME ... ok <0.123s>`, and its duration in milliseconds.
fn parse_timed(line: &str) -> Option<(u64, String)> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let seconds = result.split_once('<')?.1.strip_suffix("s>")?;
    let (whole, part) = seconds.split_once('.')?;
    let milliseconds = part.get(..3)?.parse::<u64>().ok()?;
    Some((whole.parse::<u64>().ok()?.checked_mul(1000)? + milliseconds, name.to_owned()))
}

/// The number before a word.
fn count(line: &str, word: &str) -> usize {
    let words: Vec<_> = line.split([' ', ';']).filter(|each| !each.is_empty()).collect();
    let pair = words.windows(2).find(|pair| pair[1] == word);
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or_default()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 {
            write!(f, ", {} ignored", self.ignored)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed() {
        let mut tally = Tally::default();
        tally.add("running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n");
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
        tally.add("test result: FAILED. 10 passed; 1 failed; 3 ignored; 0 measured; 0 filtered");
        assert_eq!(tally.to_string(), "12 passed, 1 failed, 3 ignored");
    }

    #[test]
    fn each_failed_test_is_listed_once() {
        let output =
            "test a::b ... ok\ntest a::c ... FAILED\nfailures:\n    a::c\ntest d ... ignored\n";
        assert_eq!(failures(output), ["a::c"]);
        assert_eq!(failures("test a::b ... ok <0.1s>\ntest a::c ... FAILED <1.234s>\n"), ["a::c"]);
    }

    #[test]
    fn the_slowest_tests_are_listed_first_and_limited() {
        let mut tally = Tally::default();
        let line = |n| format!("test t{n} ... ok <{n}.050s>\n");
        let lines = (0..20).map(line).collect::<Vec<_>>().concat();
        tally.add(&lines);
        tally.add("test slow ... FAILED <75.190s>\ntest of ... ignored\ntest odd ... ok <fast>\n");
        let slowest: Vec<_> = tally.slowest().collect();
        assert_eq!(slowest.len(), SLOWEST);
        assert_eq!(slowest[..2], ["     75.1 s slow", "     19.0 s t19"]);
    }

    #[test]
    fn tests_that_passed_when_repeated_are_counted_as_passed() {
        let mut tally = Tally { passed: 3, failed: 2, ..Tally::default() };
        tally.mend(2);
        assert_eq!(tally.to_string(), "5 passed, 0 failed");
    }

    #[test]
    fn lines_other_than_results_are_not_counted() {
        let mut tally = Tally::default();
        tally.add("test a_result ... ok\n  test result: ok. 1 passed\n7 passed; 3 failed");
        assert_eq!(tally, Tally::default());
    }
}
