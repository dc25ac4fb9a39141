//! Entries that earlier releases wrote: a migration makes their rows smaller, and their chain stays as it was.

use std::path::Path;

use covibe_store::{ExportFolder, Store, VerifyOptions, migrate_postgres};
use covibe_testkit_postgres::Postgres;
use diesel::connection::SimpleConnection as _;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::fixture::*;

/// The last migration before the rows became smaller.
const BEFORE: &str = "0018";

/// The entries of acme's chain, which are exported with the names and the texts of the columns that earlier
/// releases had, and the digest of the last one.
async fn exported() -> (Vec<Map<String, Value>>, String) {
    let (fixture, folder) = (Fixture::sqlite().await, TempDir::new().unwrap());
    let entries: Vec<_> = (1..=6).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let head = fixture.store.verify_audit(&tenant("acme")).await.unwrap().head;
    let exports = ExportFolder::new(folder.path());
    fixture.store.cut_audit(&tenant("acme"), at(99), Some(&exports)).await.unwrap();
    let lines = std::fs::read_to_string(folder.path().join("ten_acme.1970-01.jsonl")).unwrap();
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), head)
}

/// Returns the statement that inserts a row. The release before lacks columns that are empty here.
fn insert(row: &Map<String, Value>) -> String {
    let filled = row.iter().filter(|(_, value)| !value.is_null());
    let (columns, values): (Vec<_>, Vec<_>) = filled
        .map(|(name, value)| match value {
            Value::String(text) => (name.as_str(), format!("'{text}'")),
            number => (name.as_str(), number.to_string()),
        })
        .unzip();
    format!("INSERT INTO audit_log ({}) VALUES ({})", columns.join(", "), values.join(", "))
}

/// Returns the statements that make a database with the migrations up to one, without rows.
pub(crate) fn schema(tree: &str, up_to: &str) -> String {
    let folder = format!("{}/../../migrations/{tree}", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| &name[..4] <= up_to)
        .collect();
    names.sort();
    let migrations = names.iter().map(|name| {
        let up = std::fs::read_to_string(Path::new(&folder).join(name).join("up.sql")).unwrap();
        let version = &name[..4];
        format!("{up}; INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');")
    });
    let known = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY \
         NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);";
    [known.to_owned()].into_iter().chain(migrations).collect()
}

/// Returns the statements that insert the rows of acme, of which somebody changed one if asked.
async fn rows(is_changed: bool) -> (String, String) {
    let (mut rows, head) = exported().await;
    assert!(rows[0]["previous"].as_str() == Some(&"0".repeat(64)) && rows.len() == 6);
    if is_changed {
        rows[2]["params_digest"] = "no digest".into();
    }
    let mut statements: Vec<_> = rows.iter().map(insert).collect();
    statements.push(format!(
        "INSERT INTO audit_heads (tenant_id, seq, digest) VALUES ('ten_acme', 6, '{head}')"
    ));
    (statements.join("; "), head)
}

/// The chain is as before: its entries, its head, and what was told of it earlier.
async fn is_whole(store: &Store, head: &str) {
    let expected = Some((6, head.to_owned()));
    let options = VerifyOptions { expected, ..VerifyOptions::default() };
    let found = store.verify_audit_with(&tenant("acme"), &options).await.unwrap();
    assert_eq!((found.entries, found.head.as_str(), found.problem), (6, head, None));
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    let listed = tx.audit(&workspace("acme"), 10).await.unwrap();
    tx.commit().await.unwrap();
    let calls: Vec<_> = listed.iter().rev().map(|it| it.call.clone()).collect();
    let written: Vec<_> = (1..=6).map(|number| entry("acme", number).call).collect();
    assert_eq!(calls, written);
    store.append_audit(&[entry("acme", 6), entry("acme", 7)]).await.unwrap();
    let found = store.verify_audit_with(&tenant("acme"), &options).await.unwrap();
    assert_eq!((found.entries, found.problem), (7, None));
    let (folder, options) = (TempDir::new().unwrap(), VerifyOptions::default());
    let exports = ExportFolder::new(folder.path());
    assert_eq!(store.cut_audit(&tenant("acme"), at(4), Some(&exports)).await.unwrap(), Some(3));
    let found = store.verify_audit_with(&tenant("acme"), &options).await.unwrap();
    assert_eq!((found.removed, found.problem), (3, None));
    let file = folder.path().join("ten_acme.1970-01.jsonl");
    let lines = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Map<_, _>> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, exported().await.0[..3], "files have the same lines as before");
    assert_eq!(store.verify_export(vec![file]).await.unwrap()[0].problem, None);
}

/// The change is found as before.
async fn is_changed(store: &Store) {
    let (at, what) = store.verify_audit(&tenant("acme")).await.unwrap().problem.unwrap();
    assert!(at == 3 && what.contains("was changed"), "{at} {what}");
}

#[tokio::test]
async fn a_chain_on_sqlite_stays_as_it_was() {
    for change in [false, true] {
        let folder = TempDir::new().unwrap();
        let (rows, head) = rows(change).await;
        open(&folder).batch_execute(&format!("{}{rows}", schema("sqlite", BEFORE))).unwrap();
        let store = Store::sqlite(&folder.path().join("covibe.sqlite")).await.unwrap();
        if change { is_changed(&store).await } else { is_whole(&store, &head).await }
    }
}

#[tokio::test]
async fn a_chain_on_postgres_stays_as_it_was() {
    let Some(postgres) = Postgres::shared() else { return };
    for change in [false, true] {
        let (database, (rows, head)) = (postgres.empty_database(), rows(change).await);
        raw_postgres(&database.admin_url, &schema("postgres", BEFORE)).await.unwrap();
        let rows = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_acme'; {rows}; COMMIT");
        raw_postgres(&database.admin_url, &rows).await.unwrap();
        migrate_postgres(&database.admin_url, &database.runtime_url).await.unwrap();
        let store = Store::postgres(&database.runtime_url).await.unwrap();
        if change { is_changed(&store).await } else { is_whole(&store, &head).await }
    }
}
