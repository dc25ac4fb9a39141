//! Which crate may use which: the floors of `docs/architecture.md`.

use super::Finding;
use super::workspace::Workspace;

/// Where a crate stands.
#[derive(Clone, Copy)]
enum Place {
    /// It uses only floors below its own.
    Floor(u8),
    /// Beside the floors: it uses the domain only.
    Beside,
    /// It puts the others together, and none uses it outside tests.
    Composer,
}

const HOUSE: [(&str, Place); 15] = [
    ("covibe-domain", Place::Floor(0)),
    ("covibe-policy", Place::Floor(1)),
    ("covibe-compose", Place::Floor(1)),
    ("covibe-crypto", Place::Floor(1)),
    ("covibe-upstream", Place::Floor(1)),
    ("covibe-coolify", Place::Floor(2)),
    ("covibe-gitea", Place::Floor(2)),
    ("covibe-store", Place::Floor(2)),
    ("covibe-identity", Place::Floor(3)),
    ("covibe-tools", Place::Floor(4)),
    ("covibe-http", Place::Floor(5)),
    ("covibe-sandbox", Place::Beside),
    ("xtask", Place::Beside),
    ("covibe-testkit", Place::Composer),
    ("covibe-server", Place::Composer),
];

fn place(name: &str) -> Option<Place> {
    HOUSE.iter().find(|(known, _)| *known == name).map(|(_, place)| *place)
}

/// Whether a crate at `from` may depend on `to`, which stands at `at`.
fn may_use(from: Place, to: &str, at: Place) -> bool {
    match (from, at) {
        (_, Place::Composer) | (Place::Floor(_), Place::Beside) => false,
        (Place::Floor(own), Place::Floor(other)) => other < own,
        (Place::Beside, _) => to == "covibe-domain",
        (Place::Composer, _) => to != "xtask",
    }
}

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in &workspace.crates {
        let Some(from) = place(&krate.name) else {
            let message =
                "this crate has no floor: give it one in HOUSE of xtask/src/tidy/layers.rs";
            findings.push(Finding::new(krate.manifest(), 1, message));
            continue;
        };
        let to = krate.dependencies.iter().filter_map(|name| Some((name, place(name)?)));
        for (name, _) in to.filter(|(name, at)| !may_use(from, name, *at)) {
            let (path, line) = workspace.dependency_site(krate, name);
            let message = format!(
                "{} may not use {name}: a crate uses only floors below its own (dev-dependencies are \
                 free); move the code down, or pass it in from above",
                krate.name
            );
            findings.push(Finding::new(path, line, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(from: &str, to: &str) -> bool {
        check(&Workspace::of_crate(from, &[to])).is_empty()
    }

    #[test]
    fn a_crate_uses_floors_below_its_own() {
        assert!(allowed("covibe-store", "covibe-domain"));
        assert!(allowed("covibe-http", "covibe-identity"));
        for (from, to) in [
            ("covibe-domain", "covibe-policy"),
            ("covibe-coolify", "covibe-gitea"),
            ("covibe-store", "covibe-tools"),
            ("covibe-http", "covibe-sandbox"),
            ("covibe-http", "covibe-testkit"),
        ] {
            assert!(!allowed(from, to), "{from} -> {to}");
        }
    }

    #[test]
    fn beside_the_floors_only_composers_use_more_than_the_domain() {
        assert!(allowed("covibe-sandbox", "covibe-domain"));
        assert!(!allowed("covibe-sandbox", "covibe-coolify"));
        assert!(!allowed("xtask", "covibe-store"));
        assert!(allowed("covibe-server", "covibe-sandbox"));
        assert!(!allowed("covibe-server", "covibe-testkit"));
        assert!(allowed("covibe-testkit", "covibe-http"));
    }

    #[test]
    fn a_violation_names_its_line() {
        let findings = check(&Workspace::of_crate("covibe-store", &["diesel", "covibe-http"]));
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/Cargo.toml", 6));
    }

    #[test]
    fn every_crate_has_a_floor() {
        assert_eq!(check(&Workspace::of_crate("covibe-new", &[])).len(), 1);
    }
}
