//! What `cargo xtask dist` hands out contains no simulators.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::workspace::{Crate, Workspace};
use crate::dist::PACKAGES;

/// What may only be in what contributors run.
const BARRED: [&str; 2] = ["covibe-sandbox", "covibe-testkit"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let packages = workspace.crates.iter().filter(|krate| PACKAGES.contains(&&*krate.name));
    let crates: Vec<_> = packages.flat_map(|package| linked(workspace, package)).collect();
    let finding = |(krate, name): (&Crate, &&str)| {
        let is_used = krate.required.iter().any(|each| each == name);
        let (path, line) = workspace.dependency_site(krate, name);
        let message = format!(
            "{name} would be in what is handed out: make it `optional = true`, for a feature that \
             `cargo xtask dist` turns off"
        );
        is_used.then(|| Finding::new(path, line, message))
    };
    let uses = crates.iter().flat_map(|krate| BARRED.iter().map(|name| (*krate, name)));
    uses.filter_map(finding).collect()
}

/// Returns the crates of the workspace that a package contains without any feature, itself included.
fn linked<'a>(workspace: &'a Workspace, package: &'a Crate) -> Vec<&'a Crate> {
    let (mut linked, mut known) = (vec![package], BTreeSet::from([&*package.name]));
    let mut next = 0;
    while let Some(krate) = linked.get(next) {
        let required = workspace.crates.iter().filter(|each| krate.required.contains(&each.name));
        linked.extend(required.filter(|each| known.insert(&each.name)));
        next += 1;
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_server(dependencies: &[&str]) -> Workspace {
        Workspace::of_crate("covibe-server", dependencies)
    }

    #[test]
    fn the_server_has_simulators_only_by_a_feature() {
        let mut workspace = of_server(&["clap", "covibe-sandbox"]);
        let findings = check(&workspace);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/Cargo.toml", 6));
        workspace.crates[0].required.retain(|name| name != "covibe-sandbox");
        assert!(check(&workspace).is_empty());
    }

    #[test]
    fn a_crate_below_brings_no_simulators() {
        let mut workspace = of_server(&["covibe-http"]);
        workspace.crates.extend(Workspace::of_crate("covibe-http", &["covibe-sandbox"]).crates);
        assert_eq!(check(&workspace).len(), 1);
    }

    #[test]
    fn others_may_have_simulators() {
        assert!(check(&Workspace::of_crate("covibe-rehearsal", &["covibe-sandbox"])).is_empty());
    }
}
