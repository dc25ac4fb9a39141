//! A crate's modules are grouped in folders: few files lie loose in `src`.

use super::workspace::{Crate, Finding, Workspace};

/// The most files that may lie in a crate's `src` beside `lib.rs` and `main.rs`.
const MOST: usize = 10;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.crates.iter().filter_map(|krate| of_crate(workspace, krate)).collect()
}

fn of_crate(workspace: &Workspace, krate: &Crate) -> Option<Finding> {
    let source = krate.source();
    let sources = workspace.files.iter().filter(|file| file.is(".rs"));
    let inside = sources.filter_map(|file| file.path.strip_prefix(&source));
    let loose = inside.filter(|name| !name.contains('/') && !["lib.rs", "main.rs"].contains(name));
    let count = loose.count();
    let message = format!(
        "{count} files beside lib.rs or main.rs (at most {MOST}): group them by topic in folders"
    );
    (count > MOST).then(|| Finding::new(source, 1, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(loose: usize) -> Vec<Finding> {
        let names = (0..loose).map(|n| format!("{n}.rs"));
        let others = ["lib.rs", "main.rs", "a/mod.rs", "a/b.rs", "a.md"].map(str::to_owned);
        let paths: Vec<_> =
            names.chain(others).map(|name| format!("crates/x/src/{name}")).collect();
        let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "")).collect();
        let crates = Workspace::of_crate("covibe-x", &[]).crates;
        let workspace = Workspace { crates, ..Workspace::of_files(&files) };
        check(&workspace)
    }

    #[test]
    fn more_than_ten_files_at_the_root_of_a_crate_are_reported() {
        assert!(findings(10).is_empty());
        let findings = findings(11);
        assert_eq!(findings[0].path, "crates/x/src/");
        assert!(findings[0].message.starts_with("11 files"), "{}", findings[0]);
    }
}
