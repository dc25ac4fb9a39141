//! SQLite and PostgreSQL have migrations of the same names.

use std::collections::BTreeSet;

use super::workspace::{Finding, Workspace};

const SQLITE: &str = "migrations/sqlite";
const POSTGRES: &str = "migrations/postgres";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let (sqlite, postgres) = (names(workspace, SQLITE), names(workspace, POSTGRES));
    let lacking = |folder: &'static str, has: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        let missing = other.difference(has).map(|name| format!("{folder}/{name}"));
        let message = "missing here but present for the other database: add it";
        missing.map(|path| Finding::new(path, 1, message)).collect::<Vec<_>>()
    };
    lacking(SQLITE, &sqlite, &postgres)
        .into_iter()
        .chain(lacking(POSTGRES, &postgres, &sqlite))
        .collect()
}

/// Returns the names of the migrations in a folder; each is a folder.
fn names<'a>(workspace: &'a Workspace, folder: &str) -> BTreeSet<&'a str> {
    let inside =
        workspace.paths.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
    inside.filter_map(|rest| Some(rest.split_once('/')?.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_migration_exists_for_both_databases() {
        let both = [("migrations/sqlite/1_a/up.sql", ""), ("migrations/postgres/1_a/up.sql", "")];
        assert!(check(&Workspace::of_files(&both)).is_empty());
        let drifted =
            [("migrations/sqlite/1_a/up.sql", ""), ("migrations/postgres/2_b/up.sql", "")];
        let findings = check(&Workspace::of_files(&drifted));
        let paths: Vec<_> = findings.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["migrations/sqlite/2_b", "migrations/postgres/1_a"]);
    }
}
