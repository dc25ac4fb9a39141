//! A package has the same features in every build.
//!
//! `cargo test --workspace` builds a package with every feature that a dependency of tests or of another program turns
//! on. With other features, a program that is built alone would be compiled once more, with its whole tree, and behave
//! otherwise than the one that tests start. `crates/workspace-hack` makes the features equal.

use super::workspace::{Builds, Crate, Features, Finding, Workspace};

/// The manifest that has the features.
const PATH: &str = "crates/workspace-hack/Cargo.toml";

/// The crate that makes the features equal, and those that don't use it: the gate runs with rights on docker hosts, so
/// it links nothing that it does not need. `.config/hakari.toml` has the same list.
const UNIFIER: &str = "workspace-hack";
const WITHOUT: [&str; 3] = [UNIFIER, "covibe-docker-gate", "covibe-docker-gate-core"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
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
        (!lacking.is_empty()).then(|| Finding::new(PATH, 1, message))
    };
    alone.iter().filter_map(lacking).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(features: &[&str]) -> Features {
        let features = features.iter().map(|it| (*it).to_owned()).collect();
        Features::from([("tokio v1.0.0".to_owned(), features)])
    }

    fn messages(alone: Features, tests: Features) -> Vec<String> {
        let mut workspace = Workspace::of_files(&[]);
        workspace.builds = Builds { alone: vec![("covibe-server", alone)], tests };
        check(&workspace).iter().map(ToString::to_string).collect()
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
        let count =
            |name, dependencies: &[&str]| check(&Workspace::of_crate(name, dependencies)).len();
        assert_eq!(count("covibe-x", &["serde"]), 1);
        assert_eq!(count("covibe-x", &["serde", UNIFIER]), 0);
        assert_eq!(count("covibe-docker-gate", &["serde"]), 0);
    }

    #[test]
    fn a_package_missing_from_the_server_build_is_not_reported() {
        assert!(messages(Features::new(), features(&["net"])).is_empty());
    }
}
