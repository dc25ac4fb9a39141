//! The dependencies of each crate: crates of lower layers, as in `docs/architecture.md`, whose map has each crate, and
//! third-party libraries that it owns.

use super::checked_files::{Crate, Finding, Workspace};

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
const CRATES: [(&str, CratePlace); 51] = [
    ("covibe-domain", CratePlace::Layer(0)),
    ("covibe-policy", CratePlace::Layer(1)),
    ("covibe-background", CratePlace::Layer(1)),
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

/// Libraries and the folders of their owners; a name that ends with `*` is a prefix.
struct Owned {
    libraries: &'static [&'static str],
    owners: &'static [&'static str],
    instead: &'static str,
}

/// Third-party libraries that only some crates use.
const OWNED: [Owned; 5] = [
    Owned {
        libraries: &["deadpool*", "diesel*", "libsqlite3-sys", "rusqlite", "sqlx*"],
        owners: &["crates/store"],
        instead: "give covibe-store a method for it",
    },
    Owned {
        libraries: &["tokio-postgres*"],
        owners: &["crates/store", "crates/testkit/postgres"],
        instead: "give covibe-store a method for it",
    },
    Owned {
        libraries: &["actix-*"],
        owners: &["crates/agent-runner", "crates/http", "crates/sandbox"],
        instead: "keep it in covibe-http and hand plain types down",
    },
    Owned {
        libraries: &["rmcp*"],
        owners: &["bins/covibe-agent-mcp", "crates/http", "crates/sandbox"],
        instead: "keep it in covibe-http and hand plain types down",
    },
    Owned {
        libraries: &["hyper*", "reqwest*"],
        // The gates name the phase in which an endpoint stalls, which no client of an upstream tells.
        // A rehearsal asks WorkOS for what the product never does, such as a sign-in by password.
        owners: &[
            "bins/covibe-rehearsal",
            "crates/clients/*",
            "crates/companion",
            "crates/readiness",
            "crates/testkit*",
        ],
        instead: "give the upstream's crate in crates/clients a method for it",
    },
];

/// Checks that crates depend only on crates of lower layers, and that the map has each crate.
pub(super) fn check_layers(workspace: &Workspace) -> Vec<Finding> {
    let placed = workspace.crates.iter().flat_map(|krate| forbidden_crates(workspace, krate));
    placed.chain(missing_in_map(workspace)).collect()
}

fn forbidden_crates(workspace: &Workspace, krate: &Crate) -> Vec<Finding> {
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

/// Returns why `from`, which is at `layer`, may not depend on `to`.
fn objection(from: &str, layer: CratePlace, to: &str) -> Option<&'static str> {
    if !may_use(layer, to, place(to)?) {
        return Some(LAYERS);
    }
    let barred = BARRED.iter().find(|(one, other, _)| (*one, *other) == (from, to));
    barred.map(|(_, _, reason)| *reason)
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

fn place(name: &str) -> Option<CratePlace> {
    CRATES.iter().find(|(known, _)| *known == name).map(|(_, place)| *place)
}

/// Returns a finding for each crate that the map lacks.
fn missing_in_map(workspace: &Workspace) -> Vec<Finding> {
    let Some(map) = workspace.file(MAP) else { return Vec::new() };
    let folders = workspace.crates.iter().map(|krate| &krate.dir);
    let shown = folders.map(|dir| dir.strip_prefix("crates/").unwrap_or(dir));
    let missing = shown.filter(|folder| !map.text.contains(&format!("`{folder}`")));
    let finding =
        |folder| Finding::new(MAP, 1, format!("the map does not list `{folder}`: add a row"));
    missing.map(finding).collect()
}

/// Checks that a third-party library is used only by the crates that own it.
pub(super) fn check_library_owners(workspace: &Workspace) -> Vec<Finding> {
    let crates = workspace.crates.iter().filter(|krate| !krate.is_written());
    crates.flat_map(|krate| foreign_libraries(workspace, krate)).collect()
}

fn foreign_libraries(workspace: &Workspace, krate: &Crate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in &krate.dependencies {
        for owned in OWNED.iter().filter(|owned| any_matches(owned.libraries, name)) {
            if !any_matches(owned.owners, &krate.dir) {
                let (path, line) = workspace.dependency_site(krate, name);
                let message =
                    format!("only {} uses {name}: {}", owned.owners.join(", "), owned.instead);
                findings.push(Finding::new(path, line, message));
            }
        }
    }
    findings
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

fn any_matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(from: &str, to: &str) -> bool {
        check_layers(&Workspace::of_crate(from, &[to])).is_empty()
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
            let findings = check_layers(&Workspace::of_crate("covibe-tools", &[barred]));
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
        let findings =
            check_layers(&Workspace::of_crate("covibe-store", &["diesel", "covibe-http"]));
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/Cargo.toml", 6));
    }

    #[test]
    fn every_crate_must_be_listed_in_the_architecture_map() {
        for (map, missing) in [("| 2 | `x` | SQL |\n", 0), ("| 2 | `y` | SQL |\n", 1)] {
            let crates = Workspace::of_crate("covibe-store", &[]).crates;
            let workspace = Workspace { crates, ..Workspace::of_files(&[(MAP, map)]) };
            assert_eq!(check_layers(&workspace).len(), missing, "{map}");
        }
    }

    #[test]
    fn a_crate_without_a_layer_is_reported() {
        assert_eq!(check_layers(&Workspace::of_crate("covibe-new", &[])).len(), 1);
    }

    fn count_libraries(dir: &str, dependency: &str) -> usize {
        let mut workspace = Workspace::of_crate("covibe-x", &[dependency]);
        workspace.crates[0].dir = dir.to_owned();
        check_library_owners(&workspace).len()
    }

    #[test]
    fn a_library_used_outside_its_owning_crates_is_reported() {
        for (library, owner, stranger) in [
            ("diesel-async", "crates/store", "crates/tools"),
            ("tokio-postgres", "crates/store", "bins/covibe-server"),
            ("actix-web", "crates/sandbox", "crates/tools"),
            ("rmcp", "crates/http", "crates/tools"),
            ("reqwest", "crates/clients/gitea", "crates/http"),
        ] {
            assert_eq!(count_libraries(owner, library), 0, "{library} in {owner}");
            assert_eq!(count_libraries(stranger, library), 1, "{library} in {stranger}");
        }
    }
}
