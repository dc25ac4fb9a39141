//! The lines of a build log that show why the build failed.

use std::sync::LazyLock;

use regex::Regex;

/// The maximum size of the excerpt, in bytes.
const MAX_SIZE: usize = 4 * 1024;

/// The maximum size of one line in the excerpt, in bytes.
const MAX_LINE: usize = 400;

/// The maximum number of lines before and after the error.
const CONTEXT: usize = 12;

/// The maximum distance between two lines of the same error.
const MAX_GAP: usize = 8;

/// The number of lines before the last line of an error that may belong to it.
const MAX_REACH: usize = 60;

/// Matches lines that name an error.
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    compile_pattern(
        r"(?i)err!|\b(errors?|fatal|panic(ked)?|exception|traceback|fail(ed|ure)|cannot|can't|could not|couldn't|unable to|not found|no such|denied|undefined|unresolved|refused|timed? ?out|killed|out of memory)\b",
    )
});

/// Matches lines that contain such words without naming an error.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    compile_pattern(r"(?i)\b(0|no) (errors?|failures|failed)\b|^\W*(npm |yarn |pnpm )?warn(ing)?\b")
});

/// Matches lines that only report an earlier failure.
static AFTERMATH: LazyLock<Regex> = LazyLock::new(|| {
    compile_pattern(
        r"(?i)deployment failed|removing the new version|failed to solve|did not complete successfully|exit(ed)? (with )?(code|status)|exit code|lifecycle|complete log of this run|gracefully shutting|oops|command failed",
    )
});

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn compile_pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

fn matches_pattern(pattern: &LazyLock<Regex>, line: &str) -> bool {
    pattern.is_match(line)
}

/// The relevance of a line for an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relevance {
    None,
    Aftermath,
    Cause,
}

impl Relevance {
    fn from_line(line: &str) -> Self {
        if matches_pattern(&AFTERMATH, line) {
            Self::Aftermath
        } else if matches_pattern(&ERROR, line) && !matches_pattern(&HARMLESS, line) {
            Self::Cause
        } else {
            Self::None
        }
    }
}

/// Returns the lines around the last error that names a cause, or the end of the log if no line
/// does. Returns `None` for an empty log.
pub(crate) fn failing_lines(lines: &[String]) -> Option<String> {
    let relevance: Vec<_> = lines.iter().map(|line| Relevance::from_line(line)).collect();
    let last_of = |wanted| relevance.iter().rposition(|each| *each == wanted);
    let last = last_of(Relevance::Cause).or_else(|| last_of(Relevance::Aftermath));
    let last = last.or_else(|| lines.len().checked_sub(1))?;
    let first = first_line(&relevance, last);
    Some(lines_with_context(lines, first, last))
}

/// Returns the first line of the error whose last line is given.
fn first_line(relevance: &[Relevance], last: usize) -> usize {
    let mut first = last;
    let earlier = relevance.iter().enumerate().take(last).rev().take(MAX_REACH);
    for (at, relevance) in earlier {
        if first - at > MAX_GAP {
            break;
        }
        if *relevance == Relevance::Cause {
            first = at;
        }
    }
    first
}

/// Returns these lines with context. Lines from the first one on get up to three quarters of the
/// size limit, the lines before it get the rest.
fn lines_with_context(lines: &[String], first: usize, last: usize) -> String {
    let mut left = MAX_SIZE * 3 / 4;
    let fits = |line: &String, left: &mut usize| {
        *left = left.checked_sub(truncated(line).len() + 1)?;
        Some(())
    };
    let after = lines.iter().skip(first).take(last - first + 1 + CONTEXT);
    let after = after.map_while(|line| fits(line, &mut left)).count();
    left += MAX_SIZE / 4;
    let before = lines.iter().take(first).rev().take(CONTEXT);
    let before = before.map_while(|line| fits(line, &mut left)).count();
    let shown = lines.iter().skip(first - before).take(before + after);
    shown.map(|line| truncated(line)).collect::<Vec<_>>().join("\n")
}

/// Returns the beginning of a line, up to its size limit.
fn truncated(line: &str) -> &str {
    line.get(..line.floor_char_boundary(MAX_LINE)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn log(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn shows_the_error_without_the_noise_after_it() {
        let mut lines = vec!["Building".to_owned(); 300];
        lines.push("src/page.tsx:3:1 - error TS2304: Cannot find name 'Foo'.".to_owned());
        lines.push("  3 | <Foo/>".to_owned());
        lines.push("ERROR: process \"npm run build\" did not complete: exit code: 2".to_owned());
        lines.extend(vec!["Removing build container".to_owned(); 400]);
        lines.push("Deployment failed. Removing the new version of your application.".to_owned());
        let shown = failing_lines(&lines).unwrap();
        assert!(shown.contains("TS2304") && shown.contains("<Foo/>"), "{shown}");
        assert!(!shown.contains("Deployment failed"), "{shown}");
        assert!(shown.lines().count() <= 40 && shown.starts_with("Building"), "{shown}");
    }

    #[test]
    fn shows_an_error_from_its_first_line() {
        let shown = failing_lines(&log(&[
            "step 1",
            "error[E0425]: cannot find value `x`",
            "  --> src/main.rs:1:1",
            "note: see there",
            "error: could not compile `app` due to 1 previous error",
            "exit code: 101",
        ]));
        let shown = shown.unwrap();
        assert!(shown.starts_with("step 1\nerror[E0425]"), "{shown}");
    }

    #[test]
    fn ignores_warnings_and_zero_errors() {
        let shown = failing_lines(&log(&[
            "npm warn deprecated: could not find",
            "fatal: Remote branch nope not found in upstream origin",
            "Compiled with 0 errors",
            "Deployment failed.",
        ]));
        assert!(shown.unwrap().contains("fatal: Remote branch"));
        let only = failing_lines(&log(&["a", "b", "c"]));
        assert_eq!(only.as_deref(), Some("a\nb\nc"), "the end, because no line names an error");
        assert_eq!(failing_lines(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn stays_within_the_size_limit(lines in prop::collection::vec("(error|\\PC){0,200}", 0..60)) {
            let shown = failing_lines(&lines);
            prop_assert_eq!(shown.is_none(), lines.is_empty());
            prop_assert!(shown.unwrap_or_default().len() <= MAX_SIZE);
        }
    }
}
