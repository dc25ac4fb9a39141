//! The programs that ship behave like those that the tests start.
//!
//! `cargo test --workspace` builds a package with every feature that a dependency of tests or of another program turns
//! on, and a program that ships is built alone. So the two builds may differ only in features that change no behaviour.

use super::builds::{Builds, Features};
use super::finding::Finding;
use super::workspace::{File, Workspace};

/// The path of this file.
const PATH: &str = "xtask/src/tidy/features.rs";

/// A difference between the builds that changes no behaviour.
struct Allowed {
    package: &'static str,
    features: &'static [&'static str],
    /// The reason, from the package's manifest, documentation and `cfg` attributes.
    reason: &'static str,
}

const ALLOWED: [Allowed; 12] = [
    Allowed {
        package: "data-encoding",
        features: &["default"],
        reason: "it only turns on `std`, which both builds have",
    },
    Allowed {
        package: "foldhash",
        features: &["default", "std"],
        reason: "`serde_json`, which brings it into the gate, hashes with the standard library where it has `std`",
    },
    Allowed {
        package: "hashbrown",
        features: &[
            "allocator-api2",
            "default",
            "default-hasher",
            "equivalent",
            "inline-more",
            "raw-entry",
        ],
        reason: "they add types, functions and hints to inline; `indexmap` brings a hasher of its own",
    },
    Allowed {
        package: "indexmap",
        features: &["default", "serde", "std"],
        reason: "they add constructors, macros and implementations of traits",
    },
    Allowed {
        package: "memchr",
        features: &["default"],
        reason: "it only turns on `std`, which both builds have",
    },
    Allowed { package: "num-traits", features: &["i128"], reason: "its code does not ask for it" },
    Allowed {
        package: "regex-automata",
        features: &["nfa", "perf"],
        reason: "they only turn on features that both builds have",
    },
    Allowed {
        package: "rustix",
        features: &["default", "fs"],
        reason: "`fs` adds functions for files, and `default` turns on `std`, which both builds have",
    },
    Allowed {
        package: "serde",
        features: &["alloc"],
        reason: "beside `std`, which both builds have, it adds nothing",
    },
    Allowed {
        package: "serde_core",
        features: &["default"],
        reason: "it only turns on `result` and `std`, which both builds have",
    },
    Allowed {
        package: "serde_json",
        features: &["unbounded_depth"],
        reason: "it adds the method `disable_recursion_limit`, which the programs do not call",
    },
    Allowed {
        package: "tokio",
        features: &["test-util"],
        reason: "it adds a clock that tests pause, and asks the system's while none is paused",
    },
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    compare(workspace, &ALLOWED)
}

fn compare(workspace: &Workspace, allowed: &[Allowed]) -> Vec<Finding> {
    let differences = differences(&workspace.builds);
    let forbidden = differences.iter().filter_map(|it| it.report(workspace, allowed));
    forbidden.chain(allowed.iter().flat_map(|it| report_unneeded(it, &differences))).collect()
}

/// The features of a package that the tests' build of a program has, and the one that ships does not.
struct Difference<'a> {
    program: &'a str,
    /// The package's name.
    package: &'a str,
    features: Vec<&'a str>,
}

impl Difference<'_> {
    /// Returns a finding where there are features that may not differ.
    fn report(&self, workspace: &Workspace, allowed: &[Allowed]) -> Option<Finding> {
        let Self { program, package, features } = self;
        let may_differ = |feature: &str| {
            allowed.iter().any(|it| it.package == *package && it.features.contains(&feature))
        };
        let features: Vec<_> = features.iter().filter(|feature| !may_differ(feature)).collect();
        let message = format!(
            "the tests build {program} with the features {features:?} of {package}, and it ships without: turn them on \
             in [workspace.dependencies], or off in the dependencies of tests and other programs, which `cargo tree \
             --workspace -e features -i {package}` shows. If the package's documentation and code show that they \
             change no behaviour, add them to ALLOWED in {PATH} with that reason"
        );
        let finding = || Finding::new("Cargo.toml", line_of(workspace, package), message);
        (!features.is_empty()).then(finding)
    }
}

/// Returns the line of the root's manifest with the package's version, or 1 where none is.
fn line_of(workspace: &Workspace, package: &str) -> usize {
    let head = format!("{package} = ");
    let lines = workspace.file("Cargo.toml").into_iter().flat_map(File::lines);
    let mut versions = lines
        .skip_while(|(_, line)| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['));
    versions.find(|(_, line)| line.starts_with(&head)).map_or(1, |(number, _)| number)
}

fn differences(builds: &Builds) -> Vec<Difference<'_>> {
    let programs = builds.programs.iter();
    programs.flat_map(|(program, alone)| differences_of(program, alone, &builds.tests)).collect()
}

fn differences_of<'a>(
    program: &'a str,
    alone: &'a Features,
    tests: &'a Features,
) -> Vec<Difference<'a>> {
    let mut differences = Vec::new();
    for (package, all) in tests {
        let Some(own) = alone.get(package) else { continue };
        let features: Vec<_> = all.difference(own).map(String::as_str).collect();
        if !features.is_empty() {
            let package = package.split(' ').next().unwrap_or(package);
            differences.push(Difference { program, package, features });
        }
    }
    differences
}

/// Returns a finding for each feature that is allowed to differ and does not.
fn report_unneeded(allowed: &Allowed, differences: &[Difference<'_>]) -> Vec<Finding> {
    let Allowed { package, features, reason } = allowed;
    let differs = |feature: &&&str| {
        differences.iter().any(|it| it.package == *package && it.features.contains(*feature))
    };
    let message = |feature: &&str| {
        format!("no build differs in {feature:?} of {package}: delete it from ALLOWED ({reason})")
    };
    let same = features.iter().filter(|feature| !differs(feature));
    same.map(|feature| Finding::new(PATH, 1, message(feature))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Allowed =
        Allowed { package: "tokio", features: &["test-util"], reason: "it adds a clock" };

    /// Returns the features of a build of two packages.
    fn features(tokio: &[&str], serde: &[&str]) -> Features {
        let set = |features: &[&str]| features.iter().map(|it| (*it).to_owned()).collect();
        Features::from([
            ("serde v1.0.0".to_owned(), set(serde)),
            ("tokio v1.0.0".to_owned(), set(tokio)),
        ])
    }

    fn messages(alone: Features, tests: Features, allowed: &[Allowed]) -> Vec<String> {
        let manifest = "tokio = 1\n[workspace.dependencies]\nserde = 1\ntokio = 1\n";
        let mut workspace = Workspace::of_files(&[("Cargo.toml", manifest)]);
        workspace.builds = Builds { programs: vec![("covibe-server", alone)], tests };
        compare(&workspace, allowed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn builds_with_equal_features_pass() {
        let build = || features(&["net"], &["derive"]);
        assert!(messages(build(), build(), &[]).is_empty());
    }

    #[test]
    fn a_feature_that_only_tests_turn_on_is_reported_with_its_package() {
        let tests = features(&["fs", "net", "test-util"], &["derive"]);
        let found = messages(features(&["net"], &["derive"]), tests, &[PAUSE]);
        assert_eq!(found.len(), 1);
        let head =
            "Cargo.toml:4: the tests build covibe-server with the features [\"fs\"] of tokio, and";
        assert!(found[0].starts_with(head), "{}", found[0]);
    }

    #[test]
    fn a_feature_of_a_package_that_a_program_lacks_is_no_difference() {
        let tests = features(&["net"], &["derive"]);
        let alone = Features::from([("serde v1.0.0".to_owned(), tests["serde v1.0.0"].clone())]);
        assert!(messages(alone, tests, &[]).is_empty());
    }

    #[test]
    fn an_allowed_difference_passes_while_it_exists() {
        let alone = || features(&["net"], &[]);
        assert!(messages(alone(), features(&["net", "test-util"], &[]), &[PAUSE]).is_empty());
        let found = messages(alone(), alone(), &[PAUSE]);
        assert_eq!(found.len(), 1);
        let head = format!("{PATH}:1: no build differs in \"test-util\" of tokio: delete it");
        assert!(found[0].starts_with(&head), "{}", found[0]);
    }
}
