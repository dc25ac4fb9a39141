//! The check of paths to write: they must be the same file for git, Gitea and every file system of a clone.

use std::collections::{BTreeSet, HashSet};

use covibe_domain::names::is_visible;

use crate::repos::errors::PathProblem;

/// The maximum length of a segment, in bytes: the limit of Linux.
const MAX_SEGMENT: usize = 255;

/// The maximum number of segments of a path.
const MAX_SEGMENTS: usize = 64;

/// The maximum number of folders that the paths of a call lead through: each becomes an object of the commit.
const MAX_FOLDERS: usize = 2_000;

/// Returns the problem of a path; `None` if it is valid.
pub(crate) fn problem_of(path: &str) -> Option<PathProblem> {
    let (problem, fix) = path_problem(path)?;
    Some(PathProblem::new(path, problem, fix))
}

fn path_problem(path: &str) -> Option<(&'static str, &'static str)> {
    if path.starts_with('/') {
        return Some((
            "is absolute",
            "Write it relative to the repository's root, without a leading /.",
        ));
    }
    if path.contains('\\') {
        return Some(("has a backslash", "Separate folders by /."));
    }
    if !path.chars().all(is_visible) {
        return Some((
            "has characters that are not displayed",
            "Use only characters that are displayed.",
        ));
    }
    if exceeds_folder_depth(path) {
        return Some(("has more than 64 segments", "Use fewer folders."));
    }
    path.split('/').find_map(segment_problem)
}

fn exceeds_folder_depth(path: &str) -> bool {
    path.split('/').nth(MAX_SEGMENTS).is_some()
}

fn segment_problem(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "" => Some(("has an empty segment", "Write one / between segments and none at the end.")),
        "." | ".." => Some(("has a segment . or ..", "Write the path without them.")),
        _ if name.len() > MAX_SEGMENT => {
            Some(("has a segment of more than 255 bytes", "Shorten it."))
        }
        _ if is_git(name) => {
            Some(("is in git's own folder", "A clone can't contain such a file: use another name."))
        }
        _ => None,
    }
}

/// Returns whether a file system takes a name for `.git`: without regard to case, or to dots and blanks
/// at the end, or by the short name that Windows gives it. Git refuses these too.
fn is_git(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or(name).trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}

/// Returns the problems of paths that are written together: one twice, or one that is a folder of another. It leaves out
/// paths that [`problem_of`] refuses for their number of segments.
pub(crate) fn check_together<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<PathProblem> {
    let (mut seen, mut problems) = (BTreeSet::new(), Vec::new());
    for path in paths.filter(|path| !exceeds_folder_depth(path)) {
        if !seen.insert(path) {
            problems.push(PathProblem::new(path, "is given twice", "Pass it once."));
        }
    }
    for path in &seen {
        if folders(path).any(|folder| seen.contains(folder)) {
            let problem = "is below another path of the call, which is a file";
            problems.push(PathProblem::new(path, problem, "Rename one of them."));
        }
    }
    problems
}

/// Returns whether paths lead through more folders than a call may change.
pub(super) fn has_too_many_folders<'a>(paths: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = HashSet::new();
    paths.flat_map(folders).any(|folder| seen.insert(folder) && seen.len() > MAX_FOLDERS)
}

/// Returns the folders that a path leads through, from the root on.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_out_of_the_tree_and_into_git_are_refused() {
        for good in
            ["a", "src/main.rs", ".gitignore", ".github/x.yml", "a b/\u{e4}.txt", "git", "x.git"]
        {
            assert_eq!(problem_of(good), None, "{good}");
        }
        for bad in [
            "",
            "/abs",
            "a//b",
            "a/",
            "../x",
            "a/../b",
            "a/..",
            "./a",
            ".git/config",
            "x/.GIT/hooks/y",
            ".git./x",
            ".git /x",
            ".git::$INDEX_ALLOCATION/x",
            "GIT~1/x",
            "a\\b",
            "a\nb",
            "a\u{7f}",
            ".g\u{200c}it/config",
            "a\u{202e}b",
        ] {
            assert!(problem_of(bad).is_some(), "{bad:?}");
        }
        assert!(problem_of(&"a".repeat(256)).is_some());
        assert_eq!(problem_of(&("a/".repeat(63) + "a")), None);
        assert!(problem_of(&"a/".repeat(65)).is_some_and(|it| it.problem.contains("64 segments")));
    }

    #[test]
    fn folders_are_counted_once() {
        let files = |folders: usize| (0..folders * 2).map(|file| format!("{}/{file}", file / 2));
        let is_refused = |folders| {
            let paths: Vec<_> = files(folders).collect();
            has_too_many_folders(paths.iter().map(String::as_str))
        };
        assert_eq!((is_refused(MAX_FOLDERS), is_refused(MAX_FOLDERS + 1)), (false, true));
    }

    #[test]
    fn rejects_duplicate_paths_and_paths_that_are_both_file_and_folder() {
        let problems = |paths: &[&'static str]| check_together(paths.iter().copied()).len();
        assert_eq!(problems(&["a", "b/c", "b/d", "ab"]), 0);
        assert_eq!(problems(&["a", "a"]), 1);
        assert_eq!(problems(&["a", "a/b", "a/c/d"]), 2);
    }
}
