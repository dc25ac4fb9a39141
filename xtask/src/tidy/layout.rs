//! The layout of the repository: its top level, the files and the sizes of its crates, and its migrations.

use std::collections::BTreeSet;

use super::checked_files::{Crate, Finding, Workspace};

/// The files of the top level.
const FILES: [&str; 7] = [
    "AGENTS.md",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
];

/// The folders of the top level.
const FOLDERS: [&str; 6] = ["bins", "crates", "deploy", "docs", "migrations", "xtask"];

/// The maximum number of files that may lie in a crate's `src` beside `lib.rs` and `main.rs`.
const MOST: usize = 10;

/// The largest share of one crate, in percent.
const LARGEST: usize = 25;

const SQLITE: &str = "migrations/sqlite";
const POSTGRES: &str = "migrations/postgres";

/// Checks that the top level has only the files and folders of a fixed list.
pub(super) fn check_top_level(workspace: &Workspace) -> Vec<Finding> {
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

/// Checks that a crate's modules are grouped in folders: few files lie loose in `src`.
pub(super) fn check_crate_roots(workspace: &Workspace) -> Vec<Finding> {
    workspace.crates.iter().filter_map(|krate| crate_root(workspace, krate)).collect()
}

fn crate_root(workspace: &Workspace, krate: &Crate) -> Option<Finding> {
    let source = krate.source();
    let inside = workspace.sources().filter_map(|file| file.path.strip_prefix(&source));
    let loose = inside.filter(|name| !name.contains('/') && !["lib.rs", "main.rs"].contains(name));
    let count = loose.count();
    let message = format!(
        "{count} files next to lib.rs or main.rs (at most {MOST}): group them by topic in folders"
    );
    (count > MOST).then(|| Finding::new(source, 1, message))
}

/// Checks that no crate has more than a quarter of the code.
pub(super) fn check_crate_sizes(workspace: &Workspace) -> Vec<Finding> {
    let sizes: Vec<_> = workspace.crates.iter().map(|krate| size(workspace, krate)).collect();
    let sum: usize = sizes.iter().sum();
    let large = workspace.crates.iter().zip(sizes).filter(|(_, size)| size * 100 > sum * LARGEST);
    large.map(|(krate, size)| large_crate(krate, size, sum)).collect()
}

/// Returns the number of lines in a crate's `src` that are not blank.
fn size(workspace: &Workspace, krate: &Crate) -> usize {
    let source = krate.source();
    let files = workspace.sources().filter(|file| file.path.starts_with(&source));
    files.flat_map(|file| file.text.lines()).filter(|line| !line.trim().is_empty()).count()
}

fn large_crate(krate: &Crate, size: usize, sum: usize) -> Finding {
    let percent = size * 100 / sum;
    let message = format!(
        "{size} of {sum} lines, {percent} % of the code (at most {LARGEST} %): split the crate by topic"
    );
    Finding::new(krate.source(), 1, message)
}

/// Checks that SQLite and PostgreSQL have migrations of the same names.
pub(super) fn check_migrations(workspace: &Workspace) -> Vec<Finding> {
    let (sqlite, postgres) = (migrations(workspace, SQLITE), migrations(workspace, POSTGRES));
    let lacking = |folder: &'static str, has: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        let missing = other.difference(has).map(|name| format!("{folder}/{name}"));
        let message = "missing here but present for the other database: add it";
        missing.map(|path| Finding::new(path, 1, message)).collect::<Vec<_>>()
    };
    lacking(SQLITE, &sqlite, &postgres)
        .into_iter()
        .chain(lacking(POSTGRES, &postgres, &sqlite))
        .collect()
}

/// Returns the names of the migrations in a folder; each is a folder.
fn migrations<'a>(workspace: &'a Workspace, folder: &str) -> BTreeSet<&'a str> {
    let inside =
        workspace.paths.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
    inside.filter_map(|rest| Some(rest.split_once('/')?.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the paths that a rule reports in a repository of empty files.
    fn reported(rule: fn(&Workspace) -> Vec<Finding>, paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        rule(&Workspace::of_files(&files)).into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn rejects_unknown_entries_at_the_top_level() {
        let good = ["README.md", ".ci/run", ".gitignore", "docs/a.md"];
        assert!(reported(check_top_level, &good).is_empty());
        let bad = ["scripts/a.sh", "notes.md", "docs"];
        assert_eq!(reported(check_top_level, &bad), ["docs", "notes.md", "scripts/"]);
    }

    #[test]
    fn more_than_ten_files_at_the_root_of_a_crate_are_reported() {
        let findings = |loose: usize| {
            let names = (0..loose).map(|n| format!("{n}.rs"));
            let others = ["lib.rs", "main.rs", "a/mod.rs", "a/b.rs", "a.md"].map(str::to_owned);
            let paths: Vec<_> =
                names.chain(others).map(|name| format!("crates/x/src/{name}")).collect();
            let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "")).collect();
            let crates = Workspace::of_crate("covibe-x", &[]).crates;
            check_crate_roots(&Workspace { crates, ..Workspace::of_files(&files) })
        };
        assert!(findings(10).is_empty());
        let findings = findings(11);
        assert_eq!(findings[0].path, "crates/x/src/");
        assert!(findings[0].message.starts_with("11 files"), "{}", findings[0]);
    }

    #[test]
    fn a_crate_with_more_than_a_quarter_of_the_code_is_reported() {
        let findings = |lines: [usize; 4]| {
            let mut workspace = Workspace::default();
            for (name, lines) in ["a", "b", "c", "d"].into_iter().zip(lines) {
                let code = "let x = 1;\n\n".repeat(lines);
                let (dir, long) = (format!("crates/{name}"), "x\n".repeat(1000));
                workspace.crates.push(Crate { name: name.to_owned(), dir, ..Crate::default() });
                let paths = ["src/lib.rs", "src/notes.md", "tests/it/main.rs"];
                for (path, text) in paths.into_iter().zip([&code, &long, &long]) {
                    let path = format!("crates/{name}/{path}");
                    workspace.files.extend(Workspace::of_files(&[(&path, text)]).files);
                }
            }
            check_crate_sizes(&workspace)
        };
        assert!(findings([10, 10, 10, 10]).is_empty());
        let found = findings([12, 10, 10, 9]);
        assert_eq!(found.len(), 1);
        let head = "crates/a/src/:1: 12 of 41 lines, 29 % of the code";
        assert!(found[0].to_string().starts_with(head), "{}", found[0]);
    }

    #[test]
    fn each_migration_exists_for_both_databases() {
        let both = ["migrations/sqlite/1_a/up.sql", "migrations/postgres/1_a/up.sql"];
        assert!(reported(check_migrations, &both).is_empty());
        let drifted = ["migrations/sqlite/1_a/up.sql", "migrations/postgres/2_b/up.sql"];
        let expected = ["migrations/sqlite/2_b", "migrations/postgres/1_a"];
        assert_eq!(reported(check_migrations, &drifted), expected);
    }
}
