//! Both databases have the same tables, columns, types and keys.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::fixture::{Fixture, TestDatabase, open, raw_postgres};

/// One line for each column: table, column, type, nullability, place in the primary key. The key of a partitioned
/// table has to end with the column that decides on the partition, which is left out, as the partitions are.
const SQLITE: &str = "
    SELECT m.name || '.' || c.name || ' ' || c.type || ' '
        || CASE WHEN c.\"notnull\" THEN 'NO' ELSE 'YES' END || ' ' || c.pk AS line
    FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'";

const POSTGRES: &str = "
    SELECT c.table_name || '.' || c.column_name || ' '
        || CASE c.data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB'
            ELSE upper(c.data_type) END
        || ' ' || c.is_nullable || ' '
        || CASE WHEN a.attnum = ANY (p.partattrs) THEN 0
            ELSE coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0) END
    FROM information_schema.columns c
    JOIN pg_attribute a
        ON a.attrelid = c.table_name::regclass AND a.attname = c.column_name
    JOIN pg_class t ON t.oid = a.attrelid AND NOT t.relispartition
    LEFT JOIN pg_partitioned_table p ON p.partrelid = a.attrelid
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '\\_\\_%'";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let sqlite = Fixture::sqlite().await;
    let Some(postgres) = Fixture::postgres().await else { return };
    let (TestDatabase::Sqlite(folder), TestDatabase::Postgres(database)) =
        (&sqlite.database, &postgres.database)
    else {
        panic!("one of each")
    };
    let lines: Vec<Line> = diesel::sql_query(SQLITE).load(&mut open(folder)).unwrap();
    let sqlite: BTreeSet<String> = lines.into_iter().map(|line| line.line).collect();
    let lines = raw_postgres(&database.superuser_url, POSTGRES).await.unwrap();
    let postgres: BTreeSet<String> = lines.into_iter().collect();
    assert!(sqlite.contains("vibn_workspaces.gitea_bot_token TEXT YES 0"), "{sqlite:?}");
    let differing: Vec<_> = sqlite.symmetric_difference(&postgres).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

/// The same names of migrations, so that one tree can't be forgotten.
#[test]
fn both_trees_have_the_same_migrations() {
    let names = |tree: &str| -> BTreeSet<_> {
        let folder = format!("{}/../../migrations/{tree}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}
