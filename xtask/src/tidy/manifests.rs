//! The manifests and the lock file: lints, versions and features that come from the workspace, and third-party code that
//! is forbidden.

use super::checked_files::{Builds, Crate, Features, File, Finding, Workspace};

/// Crates that must not be in the lock file, not even as indirect dependencies. Each needs a C library or a build tool
/// that the README does not name; `deny.toml` has the same list.
const FORBIDDEN: [&str; 4] = ["aws-lc-sys", "native-tls", "openssl-sys", "pq-sys"];

/// The manifest that makes the features equal.
const UNIFYING: &str = "crates/workspace-hack/Cargo.toml";

/// The crate that makes the features equal, and those that don't use it: the gate runs with rights on docker hosts, so
/// it links nothing that it does not need. `.config/hakari.toml` has the same list.
const UNIFIER: &str = "workspace-hack";
const WITHOUT: [&str; 3] = [UNIFIER, "covibe-docker-gate", "covibe-docker-gate-core"];

/// Checks that every crate takes its lints and the versions of its dependencies from the workspace.
pub(super) fn check_manifests(workspace: &Workspace) -> Vec<Finding> {
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

/// Checks that the lock file exists and has no forbidden crate.
pub(super) fn check_lock_file(workspace: &Workspace) -> Vec<Finding> {
    let Some(lock) = workspace.file("Cargo.lock") else {
        return vec![Finding::new("Cargo.lock", 1, "commit the lock file")];
    };
    let named = lock.lines().filter_map(|(number, line)| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        FORBIDDEN.contains(&name).then_some((number, name))
    });
    let finding = |(number, name)| {
        let message =
            format!("`cargo tree -i {name}` shows what depends on {name}: turn that feature off");
        Finding::new(&lock.path, number, message)
    };
    named.map(finding).collect()
}

/// Checks that a package has the same features in every build.
///
/// `cargo test --workspace` builds a package with every feature that a dependency of tests or of another program turns
/// on. With other features, a program that is built alone would be compiled once more, with its whole tree, and behave
/// otherwise than the one that tests start. `crates/workspace-hack` makes the features equal.
pub(super) fn check_features(workspace: &Workspace) -> Vec<Finding> {
    let Builds { alone, tests } = &workspace.builds;
    let differing = alone.iter().flat_map(|(package, own)| differences(package, own, tests));
    differing.chain(workspace.crates.iter().filter_map(without_unifier)).collect()
}

/// Returns a finding for a crate that does not depend on the one that makes the features equal.
fn without_unifier(krate: &Crate) -> Option<Finding> {
    let depends = krate.dependencies.iter().any(|name| name == UNIFIER);
    let message = "run `cargo hakari manage-deps`: without workspace-hack, the crate alone is built with other features";
    let is_needed = !WITHOUT.contains(&&*krate.name) && !depends;
    is_needed.then(|| Finding::new(krate.manifest(), 1, message))
}

/// Returns a finding for each dependency that a package built alone has with fewer features than the tests' build.
fn differences(package: &str, alone: &Features, tests: &Features) -> Vec<Finding> {
    let lacking = |(dependency, own): (&String, _)| {
        let lacking: Vec<_> = tests.get(dependency)?.difference(own).map(String::as_str).collect();
        let message = format!(
            "{package} built alone has {dependency} without {}, which the tests' build has: run `cargo hakari \
             generate` and `cargo hakari manage-deps` (docs/contributing.md)",
            lacking.join(", ")
        );
        (!lacking.is_empty()).then(|| Finding::new(UNIFYING, 1, message))
    };
    alone.iter().filter_map(lacking).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::checked_files::lines_of;

    fn lines(text: &str) -> Vec<usize> {
        let mut workspace = Workspace::of_crate("covibe-x", &[]);
        workspace.files[0].text = text.to_owned();
        lines_of(&check_manifests(&workspace))
    }

    fn features(features: &[&str]) -> Features {
        let features = features.iter().map(|it| (*it).to_owned()).collect();
        Features::from([("tokio v1.0.0".to_owned(), features)])
    }

    fn messages(alone: Features, tests: Features) -> Vec<String> {
        let mut workspace = Workspace::of_files(&[]);
        workspace.builds = Builds { alone: vec![("covibe-server", alone)], tests };
        check_features(&workspace).iter().map(ToString::to_string).collect()
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

    #[test]
    fn finds_forbidden_crates_by_their_whole_name() {
        let lock = "[[package]]\nname = \"openssl-sys\"\n\n[[package]]\nname = \"pq-sys-not\"\n";
        let findings = check_lock_file(&Workspace::of_files(&[("Cargo.lock", lock)]));
        assert_eq!(lines_of(&findings), [2]);
    }

    #[test]
    fn deny_toml_contains_every_forbidden_crate() {
        let deny = include_str!("../../../deny.toml");
        for name in FORBIDDEN {
            assert!(deny.contains(&format!("crate = \"{name}\"")), "{name}");
        }
    }

    #[test]
    fn reports_a_missing_lock_file() {
        assert_eq!(check_lock_file(&Workspace::default()).len(), 1);
    }

    #[test]
    fn builds_with_equal_features_pass() {
        assert!(messages(features(&["net"]), features(&["net"])).is_empty());
    }

    #[test]
    fn a_feature_enabled_only_by_tests_is_reported_with_its_package() {
        let found = messages(features(&["net"]), features(&["fs", "net", "test-util"]));
        assert_eq!(found.len(), 1);
        let lacking = "covibe-server built alone has tokio v1.0.0 without fs, test-util,";
        assert!(found[0].contains(lacking), "{}", found[0]);
    }

    #[test]
    fn every_crate_except_the_gate_must_depend_on_the_workspace_hack() {
        let count = |name, dependencies: &[&str]| {
            check_features(&Workspace::of_crate(name, dependencies)).len()
        };
        assert_eq!(count("covibe-x", &["serde"]), 1);
        assert_eq!(count("covibe-x", &["serde", UNIFIER]), 0);
        assert_eq!(count("covibe-docker-gate", &["serde"]), 0);
    }

    #[test]
    fn a_package_missing_from_the_server_build_is_not_reported() {
        assert!(messages(Features::new(), features(&["net"])).is_empty());
    }
}
