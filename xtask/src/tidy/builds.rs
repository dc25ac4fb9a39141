//! The features with which packages are built, as `cargo tree` prints them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::shell;

/// The packages whose builds are compared with that of the workspace: the program that tests start, and a crate whose
/// tests contributors run alone. `covibe-docker-gate` is always built alone, also for the tests that start it.
const ALONE: [&str; 2] = ["covibe-server", "covibe-domain"];

/// The platform whose builds are compared, as in `.config/hakari.toml`.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// The features of each package of a build, by its name and version, such as `serde v1.0.229`.
pub(super) type Features = BTreeMap<String, BTreeSet<String>>;

/// The builds that are compared.
#[derive(Default)]
pub(super) struct Builds {
    /// Packages, each built alone.
    pub(super) alone: Vec<(&'static str, Features)>,
    /// The build of `cargo test --workspace`.
    pub(super) tests: Features,
}

impl Builds {
    /// Asks cargo; downloads only packages that a build would download, too.
    pub(super) fn load() -> Result<Self> {
        let alone =
            |name| Ok((name, tree(&["--package", name, "--edges", "normal,no-proc-macro"])?));
        let alone = ALONE.into_iter().map(alone).collect::<Result<_>>()?;
        Ok(Self { alone, tests: tree(&["--workspace", "--edges", "normal,dev,no-proc-macro"])? })
    }
}

/// Returns the features of the packages that are built for the platform. Those of macros and build scripts, which run
/// on the machine that compiles, are resolved apart.
fn tree(selection: &[&str]) -> Result<Features> {
    let format = ["--prefix", "none", "--format", "{p}|{f}"];
    let mut cargo = shell::cargo(["tree", "--quiet", "--locked", "--target", PLATFORM]);
    Ok(parse(&shell::read_output(cargo.args(format).args(selection))?))
}

/// Reads lines such as `serde v1.0.229|derive,std (*)`.
fn parse(lines: &str) -> Features {
    let mut packages = Features::new();
    for (package, features) in lines.lines().filter_map(|line| line.split_once('|')) {
        // A package of this workspace has its path behind its version.
        let name = package.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let features = features.trim_end_matches(" (*)").split(',').filter(|it| !it.is_empty());
        packages.entry(name).or_default().extend(features.map(str::to_owned));
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_of_each_package_are_parsed() {
        let lines = "covibe-x v2.4.0 (/work/x)|\nserde v1.0.229|derive,std\nitoa v1.0.18|\n\
                     serde v1.0.229|derive,std (*)\nitoa v1.0.18| (*)\n";
        let packages = parse(lines);
        let names: Vec<_> = packages.keys().map(String::as_str).collect();
        assert_eq!(names, ["covibe-x v2.4.0", "itoa v1.0.18", "serde v1.0.229"]);
        assert_eq!(packages["serde v1.0.229"].iter().collect::<Vec<_>>(), ["derive", "std"]);
        assert!(packages["itoa v1.0.18"].is_empty() && packages["covibe-x v2.4.0"].is_empty());
    }
}
