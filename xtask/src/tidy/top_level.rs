//! The repository's top level has a fixed list of files and folders.

use std::collections::BTreeSet;

use super::workspace::{Finding, Workspace};

const FILES: [&str; 7] = [
    "AGENTS.md",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
];
const FOLDERS: [&str; 6] = ["bins", "crates", "deploy", "docs", "migrations", "xtask"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let is_known = |entry: &str| match entry.strip_suffix('/') {
        Some(folder) => FOLDERS.contains(&folder),
        None => FILES.contains(&entry),
    };
    let entries: BTreeSet<&str> = workspace.paths.iter().map(|path| entry(path)).collect();
    let strange = entries.into_iter().filter(|entry| !entry.starts_with('.') && !is_known(entry));
    let message =
        "unknown at the top level: move it into one of the folders, or add it to .gitignore";
    strange.map(|entry| Finding::new(entry, 1, message)).collect()
}

/// Returns the first part of a path, with a slash at the end where it is a folder.
fn entry(path: &str) -> &str {
    path.find('/').map_or(path, |slash| &path[..=slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_unknown_entries_at_the_top_level() {
        let good = [("README.md", ""), (".ci/run", ""), (".gitignore", ""), ("docs/a.md", "")];
        assert!(check(&Workspace::of_files(&good)).is_empty());
        let bad = [("scripts/a.sh", ""), ("notes.md", ""), ("docs", "")];
        let findings = check(&Workspace::of_files(&bad));
        let paths: Vec<_> = findings.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["docs", "notes.md", "scripts/"]);
    }
}
