//! The file of an SQLite database: what happens to it from outside, and when it is complete.

use std::path::PathBuf;

use covibe_store::{Error, Store, copy_sqlite, count_sqlite};
use tempfile::TempDir;

use crate::fixture::*;

on_both!(a_database_opened_read_only_refuses_changes);

async fn a_database_opened_read_only_refuses_changes(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let looked = match &fixture.database {
        TestDatabase::Sqlite(folder) => {
            Store::read_only_sqlite(&folder.path().join("covibe.sqlite")).await
        }
        TestDatabase::Postgres(database) => Store::read_only_postgres(&database.runtime_url).await,
    };
    let looked = looked.unwrap();
    let mut tx = looked.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.keys(&workspace("acme")).await.unwrap().len(), 1);
    assert!(tx.insert_key(&new_key("other", 2)).await.is_err());
    drop(tx);
    assert!(looked.append_audit(&[entry("acme", 2)]).await.is_err());
    assert!(looked.put_secrets_key("0123abcd", "a canary").await.is_err());
    let verified = fixture.store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!(verified.entries, 1);
}

struct DatabaseFolder {
    folder: TempDir,
    store: Store,
}

impl DatabaseFolder {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::sqlite(&folder.path().join("covibe.sqlite")).await.unwrap();
        fill(&store, "acme", 1).await;
        Self { folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns whether changes are refused. Checks that the file's check and appends to the audit
    /// agree.
    async fn refuses(&self) -> bool {
        let change = self.store.tenant(&tenant("acme")).await;
        let refused = matches!(&change, Err(Error::Unavailable(_)));
        drop(change);
        assert_eq!(refused, self.store.check_file().is_err());
        let audit = self.store.append_audit(&[entry("acme", 7)]).await;
        assert_eq!(refused, audit.is_err(), "{audit:?}");
        refused
    }
}

#[tokio::test]
async fn a_deleted_or_replaced_file_refuses_changes_until_it_is_back() {
    let place = DatabaseFolder::new().await;
    let (path, aside) = (place.path("covibe.sqlite"), place.path("aside"));
    let copy = place.path("copy");
    copy_sqlite(&path, &copy).await.unwrap();
    assert!(!place.refuses().await);
    std::fs::rename(&path, &aside).unwrap();
    assert!(place.refuses().await, "deleted");
    std::fs::rename(&copy, &path).unwrap();
    assert!(place.refuses().await, "replaced");
    std::fs::rename(&aside, &path).unwrap();
    assert!(!place.refuses().await, "as before");
}

#[tokio::test]
async fn health_reports_a_missing_database_file_as_unavailable() {
    let place = DatabaseFolder::new().await;
    std::fs::remove_file(place.path("covibe.sqlite")).unwrap();
    let error = place.store.health().await.unwrap_err();
    assert!(matches!(*error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_checkpoint_writes_all_rows_into_the_database_file() {
    let place = DatabaseFolder::new().await;
    let rows = async |place: &DatabaseFolder| {
        let alone = place.path("alone");
        std::fs::copy(place.path("covibe.sqlite"), &alone).unwrap();
        count_sqlite(&alone).await.ok().and_then(|found| found.rows.get("tenants").copied())
    };
    assert_ne!(rows(&place).await, Some(1), "the row is in the log");
    place.store.checkpoint().await.unwrap();
    assert_eq!(rows(&place).await, Some(1));
}

/// The pool must not get a connection on which the checkpoint is still running.
#[tokio::test]
async fn a_checkpoint_whose_caller_leaves_keeps_its_connection_until_it_ends() {
    let place = DatabaseFolder::new().await;
    for number in 10..60 {
        place.store.append_audit(&[entry("acme", number)]).await.unwrap();
        let mut checkpoint = Box::pin(place.store.checkpoint());
        // It is left while its statement runs, or while it gets its connection.
        for _ in 0..number % 4 {
            if futures_util::poll!(&mut checkpoint).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(checkpoint);
        place.store.tenant_read(&tenant("acme")).await.unwrap().commit().await.unwrap();
    }
}

#[derive(diesel::QueryableByName)]
struct CompileOption {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_set: bool,
}

/// Otherwise SQLite prepares each statement with a LIMIT anew for each run. `.cargo/config.toml` sets the option.
#[test]
fn sqlite_is_compiled_with_the_query_planner_stability_guarantee() {
    use diesel::{Connection as _, RunQueryDsl as _};
    let mut connection = diesel::SqliteConnection::establish(":memory:").unwrap();
    let query = "SELECT sqlite_compileoption_used('ENABLE_QPSG') AS is_set";
    let answer: CompileOption = diesel::sql_query(query).get_result(&mut connection).unwrap();
    assert!(answer.is_set);
}
