//! How many tests passed and failed, summed over the results that test binaries print.

use std::fmt;

/// The sum of the lines `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Tally {
    /// Adds the results in a test binary's output.
    pub(super) fn add(&mut self, output: &str) {
        for line in output.lines().filter(|line| line.starts_with("test result: ")) {
            self.passed += count(line, "passed");
            self.failed += count(line, "failed");
            self.ignored += count(line, "ignored");
        }
    }

    /// Moves tests from those that failed to those that passed.
    pub(super) fn mend(&mut self, tests: usize) {
        let mended = tests.min(self.failed);
        self.failed -= mended;
        self.passed += mended;
    }
}

/// Returns the tests that failed, by the lines `test NAME ... FAILED` of a test binary's output.
pub(super) fn failures(output: &str) -> Vec<String> {
    let failed =
        |line: &str| line.strip_prefix("test ")?.strip_suffix(" ... FAILED").map(str::to_owned);
    output.lines().filter_map(failed).collect()
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
    fn failed_tests_are_named_once() {
        let output =
            "test a::b ... ok\ntest a::c ... FAILED\nfailures:\n    a::c\ntest d ... ignored\n";
        assert_eq!(failures(output), ["a::c"]);
    }

    #[test]
    fn what_is_mended_has_passed() {
        let mut tally = Tally { passed: 3, failed: 2, ignored: 0 };
        tally.mend(2);
        assert_eq!(tally.to_string(), "5 passed, 0 failed");
    }

    #[test]
    fn other_lines_do_not_count() {
        let mut tally = Tally::default();
        tally.add("test a_result ... ok\n  test result: ok. 1 passed\n7 passed; 3 failed");
        assert_eq!(tally, Tally::default());
    }
}
