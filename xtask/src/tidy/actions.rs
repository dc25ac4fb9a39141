//! The actions of workflows are pinned by the hash of a commit: a tag can be moved to other code.

use super::workspace::{Finding, Workspace};

/// The folder of the workflows.
const FOLDER: &str = ".github/";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let files = workspace.files.iter().filter(|file| file.path.starts_with(FOLDER));
    let lines = files.flat_map(|file| file.lines().map(move |(number, line)| (file, number, line)));
    let unpinned =
        lines.filter(|(_, _, line)| action(line).is_some_and(|action| !is_pinned(action)));
    let finding = |(file, number, _): (&super::workspace::File, usize, &str)| {
        let message = "pin the action by the hash of its commit, and name the version in a comment";
        Finding::new(&file.path, number, message)
    };
    unpinned.map(finding).collect()
}

/// Returns the action that a step uses; none for one of this repository.
fn action(line: &str) -> Option<&str> {
    let used = line.trim_start().trim_start_matches("- ").strip_prefix("uses:")?;
    used.split_whitespace().next().filter(|action| !action.starts_with("./"))
}

fn is_pinned(action: &str) -> bool {
    let commit = action.rsplit_once('@').map(|(_, commit)| commit).unwrap_or_default();
    commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpinned_github_actions_are_reported() {
        let pinned = format!("      - uses: actions/checkout@{} # v4\n", "0a".repeat(20));
        let text = format!(
            "{pinned}      - uses: actions/cache@v4\n        uses: ./own\n      - run: uses\n"
        );
        let files = [(".github/workflows/ci.yml", text.as_str()), ("a.md", "uses: a@v1\n")];
        let findings = check(&Workspace::of_files(&files));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
    }
}
