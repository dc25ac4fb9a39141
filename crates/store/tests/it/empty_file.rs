//! An empty SQLite file gets its tables at once, and not by one migration after another.

use std::collections::BTreeSet;

use covibe_store::Store;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tempfile::TempDir;

use crate::fixture::open;

/// The statements that make what the migrations make. Migrations that are newer run after it.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite.sql");

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");

/// The only rows that migrations of an empty file insert.
const ROWS: &str = "INSERT INTO installation (id) VALUES (lower(hex(randomblob(16))));";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(conn: &mut SqliteConnection, query: &str) -> Vec<String> {
    let lines: Vec<Line> = diesel::sql_query(query).load(conn).unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

/// Returns the statements that made the tables, the indexes and the triggers, but for diesel's own table.
fn made(conn: &mut SqliteConnection) -> Vec<String> {
    let query = "SELECT sql AS line FROM sqlite_schema \
                 WHERE sql IS NOT NULL AND tbl_name <> '__diesel_schema_migrations' ORDER BY rowid";
    lines(conn, query)
}

/// Returns the tables that have rows, and how many.
fn rows(conn: &mut SqliteConnection) -> Vec<String> {
    let query = "SELECT name AS line FROM sqlite_schema \
                 WHERE type = 'table' AND name <> '__diesel_schema_migrations' ORDER BY name";
    let count = |table: String, conn: &mut SqliteConnection| {
        let query = format!("SELECT '{table} ' || count(*) AS line FROM {table}");
        lines(conn, &query).remove(0)
    };
    let counted = lines(conn, query).into_iter().map(|table| count(table, conn));
    counted.filter(|line| !line.ends_with(" 0")).collect()
}

/// Returns the names of the migrations, in order.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir(MIGRATIONS).unwrap().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Returns a file that all migrations have made.
fn migrated(folder: &TempDir) -> SqliteConnection {
    let mut conn = open(folder);
    for name in names() {
        let statements = std::fs::read_to_string(format!("{MIGRATIONS}/{name}/up.sql")).unwrap();
        conn.batch_execute(&statements).unwrap();
    }
    conn
}

#[tokio::test]
async fn an_empty_file_gets_what_all_migrations_make() {
    let (slowly, at_once) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let expected = &mut migrated(&slowly);
    drop(Store::sqlite(&at_once.path().join("covibe.sqlite")).await.unwrap());
    let conn = &mut open(&at_once);
    let by_migrations: BTreeSet<_> = made(expected).into_iter().collect();
    assert!(by_migrations.len() > 50);
    assert_eq!(made(conn).into_iter().collect::<BTreeSet<_>>(), by_migrations);
    assert_eq!(rows(conn), rows(expected));
    assert_eq!(rows(conn), ["installation 1"], "{ROWS}");
    let versions = "SELECT version AS line FROM __diesel_schema_migrations ORDER BY version";
    let known = names().into_iter().map(|name| name.split('_').next().unwrap().to_owned());
    assert_eq!(lines(conn, versions), known.collect::<Vec<_>>());
}

/// Writes the statements anew, after migrations were added: the start of a new installation is faster then.
#[test]
#[ignore = "writes migrations/sqlite.sql"]
fn write_the_schema_of_an_empty_file() {
    let folder = TempDir::new().unwrap();
    let made = made(&mut migrated(&folder));
    let versions: Vec<_> =
        names().iter().map(|name| format!("('{}')", name.split('_').next().unwrap())).collect();
    let head = "-- What the migrations in `sqlite/` make of an empty file, which has less to parse than they have.\n\
                -- Generated: `cargo test -p covibe-store --test it -- --ignored write_the_schema_of_an_empty_file`\n\
                -- A test compares the two; later migrations run after this.\n";
    let diesel = "CREATE TABLE __diesel_schema_migrations (\n    \
                  version VARCHAR(50) PRIMARY KEY NOT NULL,\n    \
                  run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n)";
    let versions = format!(
        "INSERT INTO __diesel_schema_migrations (version) VALUES\n    {};",
        versions.join(", ")
    );
    let text = format!("{head}\n{diesel};\n\n{};\n\n{ROWS}\n{versions}\n", made.join(";\n\n"));
    std::fs::write(SCHEMA, text).unwrap();
}
