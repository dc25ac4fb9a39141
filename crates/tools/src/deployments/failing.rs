//! The lines of a build log that say why the build failed.

use std::sync::LazyLock;

use regex::Regex;

/// How large they may be together, in bytes.
const BUDGET: usize = 4 * 1024;

/// How much of one line is shown, in bytes.
const LINE: usize = 400;

/// How many lines around the error are shown, on either side.
const AROUND: usize = 12;

/// How far apart two lines may be that tell of one error.
const GAP: usize = 8;

/// How many lines before its last one an error is looked for.
const REACH: usize = 60;

/// Words of lines that tell of an error.
static ERROR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)err!|\b(errors?|fatal|panic(ked)?|exception|traceback|fail(ed|ure)|cannot|can't|could not|couldn't|unable to|not found|no such|denied|undefined|unresolved|refused|timed? ?out|killed|out of memory)\b",
    )
});

/// Lines that have such words and tell of none.
static HARMLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r"(?i)\b(0|no) (errors?|failures|failed)\b|^\W*(npm |yarn |pnpm )?warn(ing)?\b")
});

/// Lines that only say that something failed before them.
static CLOSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)deployment failed|removing the new version|failed to solve|did not complete successfully|exit(ed)? (with )?(code|status)|exit code|lifecycle|complete log of this run|gracefully shutting|oops|command failed",
    )
});

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

fn is(pattern: &LazyLock<Option<Regex>>, line: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(line))
}

/// What a line is to somebody who looks for an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tells {
    Nothing,
    Something,
    Why,
}

impl Tells {
    fn of(line: &str) -> Self {
        if is(&CLOSING, line) {
            Self::Something
        } else if is(&ERROR, line) && !is(&HARMLESS, line) {
            Self::Why
        } else {
            Self::Nothing
        }
    }
}

/// The lines around the last error that says more than that something failed; the end of the log
/// where nothing does.
pub(crate) fn failing(lines: &[String]) -> Option<String> {
    let tells: Vec<_> = lines.iter().map(|line| Tells::of(line)).collect();
    let last_of = |what| tells.iter().rposition(|tells| *tells == what);
    let last = last_of(Tells::Why).or_else(|| last_of(Tells::Something));
    let last = last.or_else(|| lines.len().checked_sub(1))?;
    let first = first_of(&tells, last);
    Some(around(lines, first, last))
}

/// The first line that tells of the same error.
fn first_of(tells: &[Tells], last: usize) -> usize {
    let mut first = last;
    let earlier = tells.iter().enumerate().take(last).rev().take(REACH);
    for (at, tells) in earlier {
        if first - at > GAP {
            break;
        }
        if *tells == Tells::Why {
            first = at;
        }
    }
    first
}

/// These lines and some around them: forward from the first as far as three quarters of the budget
/// go, and then backward.
fn around(lines: &[String], first: usize, last: usize) -> String {
    let mut left = BUDGET * 3 / 4;
    let fits = |line: &String, left: &mut usize| {
        *left = left.checked_sub(short(line).len() + 1)?;
        Some(())
    };
    let ahead = lines.iter().skip(first).take(last - first + 1 + AROUND);
    let ahead = ahead.map_while(|line| fits(line, &mut left)).count();
    left += BUDGET / 4;
    let behind = lines.iter().take(first).rev().take(AROUND);
    let behind = behind.map_while(|line| fits(line, &mut left)).count();
    let shown = lines.iter().skip(first - behind).take(behind + ahead);
    shown.map(|line| short(line)).collect::<Vec<_>>().join("\n")
}

/// As much of a line as is shown of it.
fn short(line: &str) -> &str {
    line.get(..line.floor_char_boundary(LINE)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn log(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn the_error_is_shown_and_not_the_noise_behind_it() {
        let mut lines = vec!["Building".to_owned(); 300];
        lines.push("src/page.tsx:3:1 - error TS2304: Cannot find name 'Foo'.".to_owned());
        lines.push("  3 | <Foo/>".to_owned());
        lines.push("ERROR: process \"npm run build\" did not complete: exit code: 2".to_owned());
        lines.extend(vec!["Removing build container".to_owned(); 400]);
        lines.push("Deployment failed. Removing the new version of your application.".to_owned());
        let shown = failing(&lines).unwrap();
        assert!(shown.contains("TS2304") && shown.contains("<Foo/>"), "{shown}");
        assert!(!shown.contains("Deployment failed"), "{shown}");
        assert!(shown.lines().count() <= 40 && shown.starts_with("Building"), "{shown}");
    }

    #[test]
    fn an_error_is_shown_from_its_beginning() {
        let shown = failing(&log(&[
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
    fn what_is_harmless_is_no_error() {
        let shown = failing(&log(&[
            "npm warn deprecated: could not find",
            "fatal: Remote branch nope not found in upstream origin",
            "Compiled with 0 errors",
            "Deployment failed.",
        ]));
        assert!(shown.unwrap().contains("fatal: Remote branch"));
        let only = failing(&log(&["a", "b", "c"]));
        assert_eq!(only.as_deref(), Some("a\nb\nc"), "the end, where no line is about an error");
        assert_eq!(failing(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_stays_within_its_budget(lines in prop::collection::vec("(error|\\PC){0,200}", 0..60)) {
            let shown = failing(&lines);
            prop_assert_eq!(shown.is_none(), lines.is_empty());
            prop_assert!(shown.unwrap_or_default().len() <= BUDGET);
        }
    }
}
