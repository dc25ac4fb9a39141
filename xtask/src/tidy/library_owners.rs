//! Third-party libraries are used only by the crates that own them.

use super::workspace::{Crate, Finding, Workspace};

/// Libraries and the folders of their owners; a name that ends with `*` is a prefix.
struct Owned {
    libraries: &'static [&'static str],
    owners: &'static [&'static str],
    instead: &'static str,
}

const TABLE: [Owned; 5] = [
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

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

fn any_matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let crates = workspace.crates.iter().filter(|krate| !krate.is_written());
    crates.flat_map(|krate| of_crate(workspace, krate)).collect()
}

fn of_crate(workspace: &Workspace, krate: &Crate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in &krate.dependencies {
        for owned in TABLE.iter().filter(|owned| any_matches(owned.libraries, name)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(dir: &str, dependency: &str) -> usize {
        let mut workspace = Workspace::of_crate("covibe-x", &[dependency]);
        workspace.crates[0].dir = dir.to_owned();
        check(&workspace).len()
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
            assert_eq!(findings(owner, library), 0, "{library} in {owner}");
            assert_eq!(findings(stranger, library), 1, "{library} in {stranger}");
        }
    }
}
