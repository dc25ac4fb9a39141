//! Every crate takes its lints and the versions of its dependencies from the workspace.

use super::workspace::{File, Finding, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let crates = workspace.crates.iter().filter(|krate| !krate.is_written());
    let manifests = crates.filter_map(|krate| workspace.file(&krate.manifest()));
    manifests
        .flat_map(|manifest| lints(manifest).into_iter().chain(dependencies(manifest)))
        .collect()
}

/// Returns a manifest's lines with their headings, without blank lines and comments.
fn entries(manifest: &File) -> impl Iterator<Item = (usize, &str, &str)> {
    let mut heading = "";
    manifest.lines().filter_map(move |(number, line)| {
        let line = line.trim();
        if let Some(named) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            heading = named;
        }
        let is_entry = !line.is_empty() && !line.starts_with(['#', '[']);
        is_entry.then_some((number, heading, line))
    })
}

fn lints(manifest: &File) -> Option<Finding> {
    let inherits =
        entries(manifest).any(|(_, heading, line)| heading == "lints" && says_workspace(line));
    let message = "add `[lints]` with `workspace = true`";
    (!inherits).then(|| Finding::new(&manifest.path, 1, message))
}

fn dependencies(manifest: &File) -> Vec<Finding> {
    let foreign = entries(manifest).filter(|(_, heading, line)| {
        let of_dependencies =
            heading.ends_with("dependencies") || heading.contains("dependencies.");
        of_dependencies && !inherits(line)
    });
    let message = "write `name.workspace = true` and put the version in the root's Cargo.toml";
    foreign.map(|(number, _, _)| Finding::new(&manifest.path, number, message)).collect()
}

/// Returns whether the line is `name.workspace = true` or `name = { workspace = true, … }`.
fn inherits(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    if name.trim().ends_with(".workspace") {
        return value.trim() == "true";
    }
    let table = value.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    table.is_some_and(|members| members.split(',').any(says_workspace))
}

fn says_workspace(entry: &str) -> bool {
    entry
        .split_once('=')
        .is_some_and(|(key, value)| (key.trim(), value.trim()) == ("workspace", "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let mut workspace = Workspace::of_crate("covibe-x", &[]);
        workspace.files[0].text = text.to_owned();
        check(&workspace).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn dependencies_without_the_workspace_version_are_reported() {
        let head = "[lints]\nworkspace = true\n\n";
        let good = "[dependencies]\na.workspace = true\n# c\nb = { workspace = true, features = [\"x\"] }\n";
        assert!(lines(&format!("{head}{good}")).is_empty());
        for bad in [
            "[dependencies]\na = \"1\"\n",
            "[dev-dependencies]\na = { path = \"../a\" }\n",
            "[target.'cfg(unix)'.dependencies]\na = { version = \"1\", features = [\"workspace\"] }\n",
            "[build-dependencies.a]\nversion = \"1\"\n",
        ] {
            assert_eq!(lines(&format!("{head}{bad}")), [5], "{bad}");
        }
    }

    #[test]
    fn manifests_without_the_workspace_lints_are_reported() {
        assert_eq!(lines("[package]\nname = \"covibe-x\"\n"), [1]);
        assert_eq!(lines("[lints.clippy]\nall = \"warn\"\n"), [1]);
    }
}
