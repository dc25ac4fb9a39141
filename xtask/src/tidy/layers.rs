//! Crates depend only on crates of lower layers, as in `docs/architecture.md`, whose map has each crate.

use super::finding::Finding;
use super::workspace::{Crate, Workspace};

/// The place of a crate in the architecture.
#[derive(Clone, Copy)]
enum Place {
    /// It may use crates of lower layers.
    Layer(u8),
    /// It is outside the layers and may use only the domain.
    Beside,
    /// It combines the others; outside tests, no crate may use it.
    Composer,
    /// It serves tests; outside tests, only another harness may use it.
    Harness,
    /// It has no code, and uses no other; every crate may use it.
    Manifest,
}

/// Every crate with its place; a crate of this list need not exist.
const CRATES: [(&str, Place); 47] = [
    ("covibe-domain", Place::Layer(0)),
    ("covibe-policy", Place::Layer(1)),
    ("covibe-compose", Place::Layer(1)),
    ("covibe-console", Place::Layer(1)),
    ("covibe-operation", Place::Layer(1)),
    ("covibe-crypto", Place::Layer(1)),
    ("covibe-upstream", Place::Layer(1)),
    ("covibe-docker-gate-core", Place::Layer(1)),
    ("covibe-coolify", Place::Layer(2)),
    ("covibe-dns", Place::Layer(2)),
    ("covibe-docker-host", Place::Layer(2)),
    ("covibe-gitea", Place::Layer(2)),
    ("covibe-image-registry", Place::Layer(2)),
    ("covibe-photos", Place::Layer(2)),
    ("covibe-readiness-checks", Place::Layer(1)),
    ("covibe-registrar", Place::Layer(2)),
    ("covibe-repository", Place::Layer(2)),
    ("covibe-storage", Place::Layer(2)),
    ("covibe-store", Place::Layer(2)),
    ("covibe-traces", Place::Layer(2)),
    ("covibe-web-search", Place::Layer(2)),
    ("covibe-workos", Place::Layer(2)),
    ("covibe-identity", Place::Layer(3)),
    ("covibe-agent-servers", Place::Layer(3)),
    ("covibe-agent-runner-core", Place::Layer(4)),
    ("covibe-workspace", Place::Layer(4)),
    ("covibe-tools", Place::Layer(5)),
    ("covibe-dispatch", Place::Layer(5)),
    ("covibe-http", Place::Layer(6)),
    ("covibe-metrics", Place::Layer(6)),
    ("covibe-companion", Place::Beside),
    ("covibe-sandbox", Place::Beside),
    ("workspace-hack", Place::Manifest),
    ("xtask", Place::Beside),
    ("covibe-testkit", Place::Harness),
    ("covibe-testkit-browser", Place::Harness),
    ("covibe-testkit-docker", Place::Harness),
    ("covibe-testkit-http", Place::Harness),
    ("covibe-testkit-knot", Place::Harness),
    ("covibe-testkit-postgres", Place::Harness),
    ("covibe-server", Place::Composer),
    ("covibe-docker-gate", Place::Composer),
    ("covibe-rehearsal", Place::Composer),
    ("covibe-readiness", Place::Composer),
    ("covibe-local", Place::Composer),
    ("covibe-agent-mcp", Place::Composer),
    ("covibe-agent-runner", Place::Composer),
];

/// Dependencies that are forbidden although the layers allow them: the crate, its dependency, and the
/// reason.
const BARRED: [(&str, &str, &str); 2] = [
    ("covibe-tools", "covibe-store", "operations reach the store through covibe-workspace"),
    ("covibe-tools", "covibe-identity", "operations reach keys through covibe-workspace"),
];

/// The explanation of a violation of the layers.
const LAYERS: &str = "a crate may use only lower layers (except in dev-dependencies); move the \
                      code down, or pass it in from above";

/// The page with the map of the crates.
const MAP: &str = "docs/architecture.md";

fn place(name: &str) -> Option<Place> {
    CRATES.iter().find(|(known, _)| *known == name).map(|(_, place)| *place)
}

/// Returns whether the layers allow a crate at `from` to depend on `to`, which is at `at`.
fn may_use(from: Place, to: &str, at: Place) -> bool {
    match (from, at) {
        (_, Place::Manifest) | (Place::Harness, Place::Harness) => true,
        (Place::Manifest, _)
        | (_, Place::Composer | Place::Harness)
        | (Place::Layer(_), Place::Beside) => false,
        (Place::Layer(own), Place::Layer(other)) => other < own,
        (Place::Beside, _) => to == "covibe-domain",
        (Place::Composer | Place::Harness, _) => to != "xtask",
    }
}

/// Returns why `from`, which is at `layer`, may not depend on `to`.
fn objection(from: &str, layer: Place, to: &str) -> Option<&'static str> {
    if !may_use(layer, to, place(to)?) {
        return Some(LAYERS);
    }
    let barred = BARRED.iter().find(|(one, other, _)| (*one, *other) == (from, to));
    barred.map(|(_, _, reason)| *reason)
}

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let placed = workspace.crates.iter().flat_map(|krate| of_crate(workspace, krate));
    placed.chain(missing_in_map(workspace)).collect()
}

/// Returns a finding for each crate that the map lacks.
fn missing_in_map(workspace: &Workspace) -> Vec<Finding> {
    let Some(map) = workspace.file(MAP) else { return Vec::new() };
    let folders = workspace.crates.iter().map(|krate| &krate.dir);
    let shown = folders.map(|dir| dir.strip_prefix("crates/").unwrap_or(dir));
    let missing = shown.filter(|folder| !map.text.contains(&format!("`{folder}`")));
    let finding = |folder| Finding::new(MAP, 1, format!("the map lacks `{folder}`: add a row"));
    missing.map(finding).collect()
}

fn of_crate(workspace: &Workspace, krate: &Crate) -> Vec<Finding> {
    let Some(layer) = place(&krate.name) else {
        let message = "this crate has no layer; add it to CRATES in xtask/src/tidy/layers.rs";
        return vec![Finding::new(krate.manifest(), 1, message)];
    };
    let finding = |name: &String| {
        let reason = objection(&krate.name, layer, name)?;
        let (path, line) = workspace.dependency_site(krate, name);
        Some(Finding::new(path, line, format!("{} may not use {name}: {reason}", krate.name)))
    };
    krate.dependencies.iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(from: &str, to: &str) -> bool {
        check(&Workspace::of_crate(from, &[to])).is_empty()
    }

    #[test]
    fn a_crate_uses_layers_below_its_own() {
        assert!(allowed("covibe-store", "covibe-domain"));
        assert!(allowed("covibe-http", "covibe-identity"));
        assert!(allowed("covibe-tools", "covibe-workspace"));
        assert!(allowed("covibe-dispatch", "covibe-store"));
        for (from, to) in [
            ("covibe-domain", "covibe-policy"),
            ("covibe-operation", "covibe-policy"),
            ("covibe-coolify", "covibe-gitea"),
            ("covibe-store", "covibe-tools"),
            ("covibe-http", "covibe-sandbox"),
            ("covibe-http", "covibe-testkit"),
            ("covibe-tools", "covibe-dispatch"),
            ("covibe-dispatch", "covibe-tools"),
        ] {
            assert!(!allowed(from, to), "{from} -> {to}");
        }
    }

    #[test]
    fn operations_reach_neither_the_store_nor_keys() {
        for barred in ["covibe-store", "covibe-identity"] {
            let findings = check(&Workspace::of_crate("covibe-tools", &[barred]));
            assert!(findings[0].message.contains("covibe-workspace"), "{barred}");
        }
    }

    #[test]
    fn beside_the_layers_only_composers_use_more_than_the_domain() {
        assert!(allowed("covibe-sandbox", "covibe-domain"));
        assert!(!allowed("covibe-sandbox", "covibe-coolify"));
        assert!(!allowed("xtask", "covibe-store"));
        assert!(allowed("covibe-server", "covibe-sandbox"));
        assert!(!allowed("covibe-server", "covibe-testkit"));
        assert!(allowed("covibe-testkit", "covibe-tools"));
        assert!(allowed("covibe-testkit-http", "covibe-testkit"));
        assert!(!allowed("covibe-testkit", "covibe-server"));
    }

    #[test]
    fn a_finding_names_the_manifests_line() {
        let findings = check(&Workspace::of_crate("covibe-store", &["diesel", "covibe-http"]));
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/Cargo.toml", 6));
    }

    #[test]
    fn every_crate_is_in_the_map() {
        for (map, missing) in [("| 2 | `x` | SQL |\n", 0), ("| 2 | `y` | SQL |\n", 1)] {
            let crates = Workspace::of_crate("covibe-store", &[]).crates;
            let workspace = Workspace { crates, ..Workspace::of_files(&[(MAP, map)]) };
            assert_eq!(check(&workspace).len(), missing, "{map}");
        }
    }

    #[test]
    fn every_crate_has_a_layer() {
        assert_eq!(check(&Workspace::of_crate("covibe-new", &[])).len(), 1);
    }
}
