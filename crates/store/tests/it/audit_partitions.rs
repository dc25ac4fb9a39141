//! PostgreSQL keeps the audit in a table for each month, made ahead by any server.

use covibe_domain::Timestamp;
use covibe_store::{AuditEntry, Error, Store, migrate_postgres};
use covibe_testkit_postgres::Database;
use futures_util::future::join_all;

use crate::fixture::*;

pub(crate) async fn postgres() -> Option<(Store, Database)> {
    let Fixture { store, database } = Fixture::postgres().await?;
    let TestDatabase::Postgres(database) = database else { panic!("made on PostgreSQL") };
    Some((store, database))
}

pub(crate) async fn as_superuser(database: &Database, sql: &str) -> Vec<String> {
    raw_postgres(&database.superuser_url, sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The tables of single months, the first one first.
pub(crate) async fn months(database: &Database) -> Vec<String> {
    let sql = "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'audit_log'::regclass AND relname ~ '[0-9]$' ORDER BY relname";
    as_superuser(database, sql).await
}

/// In which table each entry is, in the order of their times.
pub(crate) async fn places(database: &Database) -> Vec<String> {
    as_superuser(database, "SELECT tableoid::regclass FROM audit_log ORDER BY at").await
}

/// The name of the table of a month: this one, or so many later.
pub(crate) async fn month(database: &Database, later: i32) -> String {
    let sql = format!(
        "SELECT to_char(now() AT TIME ZONE 'UTC' + INTERVAL '{later} months', '\"audit_log_\"YYYY_MM')"
    );
    as_superuser(database, &sql).await.remove(0)
}

/// Begins to read the whole audit as a backup does, until the client commits.
pub(crate) async fn long_read(database: &Database) -> tokio_postgres::Client {
    let url = database.superuser_url.expose();
    let (reader, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    reader.batch_execute("BEGIN; SELECT count(*) FROM audit_log").await.unwrap();
    reader
}

pub(crate) fn at_time(name: &str, number: i64, time: &str) -> AuditEntry {
    AuditEntry { at: Timestamp::parse(time).unwrap(), ..entry(name, number) }
}

pub(crate) async fn is_whole(store: &Store, name: &str, removed: i64, entries: i64) {
    let found = store.verify_audit(&tenant(name)).await.unwrap();
    assert_eq!((found.removed, found.entries, found.problem), (removed, entries, None), "{name}");
}

#[tokio::test]
async fn concurrent_servers_create_the_same_monthly_partitions() {
    let Some((store, database)) = postgres().await else { return };
    let expected =
        [month(&database, 0).await, month(&database, 1).await, month(&database, 2).await];
    assert_eq!(months(&database).await, expected, "the migration makes them");
    assert_eq!(store.make_audit_partitions().await.unwrap(), 0);
    let drop = format!("DROP TABLE {}; DROP TABLE {}", expected[1], expected[2]);
    raw_postgres(&database.admin_url, &drop).await.unwrap();
    let other = Store::postgres(&database.runtime_url).await.unwrap();
    let stores = [&store, &other, &store, &other];
    let made = join_all(stores.map(Store::make_audit_partitions)).await;
    let made: i64 = made.into_iter().map(Result::unwrap).sum();
    assert!(made >= 2, "{made}");
    assert_eq!(months(&database).await, expected);
    // The new tables are closed as the others are.
    Store::postgres(&database.runtime_url).await.unwrap();
    migrate_postgres(&database.admin_url, &database.runtime_url).await.unwrap();
    assert_eq!(months(&database).await, expected);
}

/// Rights that a database gives on all new tables do not reach the months.
#[tokio::test]
async fn default_privileges_open_no_monthly_partition() {
    let Some((store, database)) = postgres().await else { return };
    let last = month(&database, 2).await;
    let open = format!(
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO covibe_runtime, PUBLIC; DROP TABLE {last}"
    );
    raw_postgres(&database.admin_url, &open).await.unwrap();
    assert_eq!(store.make_audit_partitions().await.unwrap(), 1);
    let read = format!("SELECT 1 FROM {last}");
    let refused = raw_postgres(&database.runtime_url, &read).await.unwrap_err();
    assert!(refused.contains("permission denied"), "{refused}");
    Store::postgres(&database.runtime_url).await.unwrap();
}

/// No append fails for want of a table, whatever the clock of its server says.
#[tokio::test]
async fn an_entry_without_a_partition_is_kept_and_moved_once_it_has_one() {
    let Some((store, database)) = postgres().await else { return };
    let next = month(&database, 1).await;
    raw_postgres(&database.admin_url, &format!("DROP TABLE {next}")).await.unwrap();
    let soon = as_superuser(
        &database,
        "SELECT audit_month_begin((date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month')::DATE)",
    )
    .await;
    let soon = AuditEntry { at: at(soon[0].parse().unwrap()), ..entry("acme", 2) };
    let past = Timestamp::from_millis(Timestamp::now().as_millis() - 100 * 86_400_000);
    let entries = [
        entry("acme", 1),
        soon,
        AuditEntry { at: past, ..entry("acme", 3) },
        at_time("beta", 4, "2199-01-01T00:00:00Z"),
    ];
    store.append_audit(&entries).await.unwrap();
    assert_eq!(places(&database).await, ["audit_log_default"; 4]);
    assert_eq!(store.make_audit_partitions().await.unwrap(), 2, "the next month, and the past one");
    let places = places(&database).await;
    assert_eq!(
        (&places[0], &places[2], &places[3]),
        (&"audit_log_default".to_owned(), &next, &"audit_log_default".to_owned())
    );
    assert!(months(&database).await[0] == places[1], "{places:?}");
    is_whole(&store, "acme", 0, 3).await;
    is_whole(&store, "beta", 0, 1).await;
    assert_eq!(store.make_audit_partitions().await.unwrap(), 0);
}

/// A backup reads all tables for long. Entries are appended meanwhile.
#[tokio::test]
async fn a_long_read_delays_the_creation_of_a_partition_and_no_append() {
    let Some((store, database)) = postgres().await else { return };
    let next = month(&database, 2).await;
    raw_postgres(&database.admin_url, &format!("DROP TABLE {next}")).await.unwrap();
    let reader = long_read(&database).await;
    let (made, appended) = futures_util::future::join(store.make_audit_partitions(), async {
        let now = AuditEntry { at: Timestamp::now(), ..entry("acme", 1) };
        store.append_audit(&[now]).await
    })
    .await;
    assert!(matches!(made, Err(Error::Database(_))), "{made:?}");
    appended.unwrap();
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.make_audit_partitions().await.unwrap(), 1);
    is_whole(&store, "acme", 0, 1).await;
}

#[tokio::test]
async fn entries_are_inserted_only_by_the_function_that_numbers_them() {
    let Some((store, database)) = postgres().await else { return };
    store.append_audit(&[entry("acme", 1)]).await.unwrap();
    let digest = "repeat('0', 64)";
    let json = |seq: i64| {
        format!(
            r#"[{{"id":"x","at":1,"tool":"t","surface":"s","outcome":"ok","duration_ms":1,"seq":{seq},"digest":"{}"}}]"#,
            "0".repeat(64)
        )
    };
    let head = as_superuser(&database, "SELECT digest FROM audit_heads").await.remove(0);
    for (statement, expected) in [
        (
            "INSERT INTO audit_log (id, tenant_id, tool, surface, outcome, at, duration_ms, seq)
             VALUES ('x', 'ten_acme', 't', 's', 'ok', 99999, 1, 1)"
                .to_owned(),
            "permission denied",
        ),
        ("UPDATE audit_heads SET seq = 0".to_owned(), "permission denied"),
        (
            format!("SELECT append_audit('ten_acme', 1, '{head}', 7, {digest}, '{}')", json(7)),
            "cannot end with the number 7",
        ),
        ("SELECT make_audit_partition('2020-01-01')".to_owned(), "permission denied"),
    ] {
        let sql = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_acme'; {statement}");
        let refused = raw_postgres(&database.runtime_url, &sql).await.unwrap_err();
        assert!(refused.contains(expected), "{statement}: {refused}");
    }
    // The number that the entry itself claims does not count.
    let append =
        format!("SELECT append_audit('ten_acme', 1, '{head}', 2, {digest}, '{}')", json(1));
    // A refusal arrives before its transaction has ended, which holds the head.
    while raw_postgres(&database.runtime_url, &append).await.unwrap().is_empty() {}
    let numbers = "SELECT seq FROM audit_log ORDER BY seq";
    assert_eq!(as_superuser(&database, numbers).await, ["1", "2"]);
}

/// Servers may make such an entry again in another month.
#[tokio::test]
async fn a_repeated_server_entry_is_stored_once_across_partitions() {
    let Some((store, database)) = postgres().await else { return };
    let made = |time: &str| AuditEntry { surface: "server", ..at_time("acme", 2, time) };
    store.append_audit(&[made("2020-01-31T23:59:59Z")]).await.unwrap();
    raw_postgres(&database.admin_url, "SELECT make_audit_partition('2020-02-01')").await.unwrap();
    let again = [made("2020-02-01T00:00:00Z"), entry("acme", 3)];
    store.append_audit(&again).await.unwrap();
    is_whole(&store, "acme", 0, 2).await;
}
