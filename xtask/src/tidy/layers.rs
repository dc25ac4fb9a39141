//! Crates depend only on crates of lower layers, as in `docs/architecture.md`, whose map has each crate.

use super::workspace::{Crate, Finding, Workspace};

/// The place of a crate in the architecture.
#[derive(Clone, Copy)]
enum CratePlace {
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
const CRATES: [(&str, CratePlace); 50] = [
    ("covibe-domain", CratePlace::Layer(0)),
    ("covibe-policy", CratePlace::Layer(1)),
    ("covibe-compose", CratePlace::Layer(1)),
    ("covibe-console", CratePlace::Layer(1)),
    ("covibe-operation", CratePlace::Layer(1)),
    ("covibe-crypto", CratePlace::Layer(1)),
    ("covibe-upstream", CratePlace::Layer(1)),
    ("covibe-docker-gate-core", CratePlace::Layer(1)),
    ("covibe-coolify", CratePlace::Layer(2)),
    ("covibe-dns", CratePlace::Layer(2)),
    ("covibe-docker-host", CratePlace::Layer(2)),
    ("covibe-gitea", CratePlace::Layer(2)),
    ("covibe-image-registry", CratePlace::Layer(2)),
    ("covibe-photos", CratePlace::Layer(2)),
    ("covibe-readiness-checks", CratePlace::Layer(1)),
    ("covibe-registrar", CratePlace::Layer(2)),
    ("covibe-repository", CratePlace::Layer(2)),
    ("covibe-storage", CratePlace::Layer(2)),
    ("covibe-store", CratePlace::Layer(2)),
    ("covibe-traces", CratePlace::Layer(2)),
    ("covibe-web-search", CratePlace::Layer(2)),
    ("covibe-workos", CratePlace::Layer(2)),
    ("covibe-identity", CratePlace::Layer(3)),
    ("covibe-agent-servers", CratePlace::Layer(3)),
    ("covibe-agent-runner-core", CratePlace::Layer(4)),
    ("covibe-workspace", CratePlace::Layer(4)),
    ("covibe-tools", CratePlace::Layer(5)),
    ("covibe-dispatch", CratePlace::Layer(5)),
    ("covibe-http", CratePlace::Layer(6)),
    ("covibe-metrics", CratePlace::Layer(6)),
    ("covibe-config", CratePlace::Layer(7)),
    ("covibe-installation", CratePlace::Layer(8)),
    ("covibe-check", CratePlace::Layer(9)),
    ("covibe-companion", CratePlace::Beside),
    ("covibe-sandbox", CratePlace::Beside),
    ("workspace-hack", CratePlace::Manifest),
    ("xtask", CratePlace::Beside),
    ("covibe-testkit", CratePlace::Harness),
    ("covibe-testkit-browser", CratePlace::Harness),
    ("covibe-testkit-docker", CratePlace::Harness),
    ("covibe-testkit-http", CratePlace::Harness),
    ("covibe-testkit-knot", CratePlace::Harness),
    ("covibe-testkit-postgres", CratePlace::Harness),
    ("covibe-server", CratePlace::Composer),
    ("covibe-docker-gate", CratePlace::Composer),
    ("covibe-rehearsal", CratePlace::Composer),
    ("covibe-readiness", CratePlace::Composer),
    ("covibe-local", CratePlace::Composer),
    ("covibe-agent-mcp", CratePlace::Composer),
    ("covibe-agent-runner", CratePlace::Composer),
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

fn place(name: &str) -> Option<CratePlace> {
    CRATES.iter().find(|(known, _)| *known == name).map(|(_, place)| *place)
}

/// Returns whether the layers allow a crate at `from` to depend on `to`, which is at `at`.
fn may_use(from: CratePlace, to: &str, at: CratePlace) -> bool {
    match (from, at) {
        (_, CratePlace::Manifest) | (CratePlace::Harness, CratePlace::Harness) => true,
        (CratePlace::Manifest, _)
        | (_, CratePlace::Composer | CratePlace::Harness)
        | (CratePlace::Layer(_), CratePlace::Beside) => false,
        (CratePlace::Layer(own), CratePlace::Layer(other)) => other < own,
        (CratePlace::Beside, _) => to == "covibe-domain",
        (CratePlace::Composer | CratePlace::Harness, _) => to != "xtask",
    }
}

/// Returns why `from`, which is at `layer`, may not depend on `to`.
fn objection(from: &str, layer: CratePlace, to: &str) -> Option<&'static str> {
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

    fn is_allowed(from: &str, to: &str) -> bool {
        check(&Workspace::of_crate(from, &[to])).is_empty()
    }

    #[test]
    fn a_crate_may_depend_only_on_layers_below_its_own() {
        assert!(is_allowed("covibe-store", "covibe-domain"));
        assert!(is_allowed("covibe-http", "covibe-identity"));
        assert!(is_allowed("covibe-tools", "covibe-workspace"));
        assert!(is_allowed("covibe-dispatch", "covibe-store"));
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
            assert!(!is_allowed(from, to), "{from} -> {to}");
        }
    }

    #[test]
    fn operations_may_depend_on_neither_the_store_nor_identity() {
        for barred in ["covibe-store", "covibe-identity"] {
            let findings = check(&Workspace::of_crate("covibe-tools", &[barred]));
            assert!(findings[0].message.contains("covibe-workspace"), "{barred}");
        }
    }

    #[test]
    fn outside_the_layers_only_composing_crates_may_use_more_than_the_domain() {
        assert!(is_allowed("covibe-sandbox", "covibe-domain"));
        assert!(!is_allowed("covibe-sandbox", "covibe-coolify"));
        assert!(!is_allowed("xtask", "covibe-store"));
        assert!(is_allowed("covibe-server", "covibe-sandbox"));
        assert!(!is_allowed("covibe-server", "covibe-testkit"));
        assert!(is_allowed("covibe-testkit", "covibe-tools"));
        assert!(is_allowed("covibe-testkit-http", "covibe-testkit"));
        assert!(!is_allowed("covibe-testkit", "covibe-server"));
    }

    #[test]
    fn a_finding_has_the_line_of_the_manifest() {
        let findings = check(&Workspace::of_crate("covibe-store", &["diesel", "covibe-http"]));
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/Cargo.toml", 6));
    }

    #[test]
    fn every_crate_must_be_listed_in_the_architecture_map() {
        for (map, missing) in [("| 2 | `x` | SQL |\n", 0), ("| 2 | `y` | SQL |\n", 1)] {
            let crates = Workspace::of_crate("covibe-store", &[]).crates;
            let workspace = Workspace { crates, ..Workspace::of_files(&[(MAP, map)]) };
            assert_eq!(check(&workspace).len(), missing, "{map}");
        }
    }

    #[test]
    fn a_crate_without_a_layer_is_reported() {
        assert_eq!(check(&Workspace::of_crate("covibe-new", &[])).len(), 1);
    }
}
