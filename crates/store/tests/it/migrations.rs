//! Migrations: repeated, at once, and missing.

use covibe_domain::Secret;
use covibe_store::{Error, SchemaState, Store, migrate_postgres, migrate_postgres_of};
use covibe_testkit_postgres::Postgres;
use tempfile::TempDir;

use crate::fixture::{fill, raw_postgres, tenant};

#[tokio::test]
async fn repeated_and_concurrent_migrations_of_postgres_succeed() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.empty_database();
    let migrate = || migrate_postgres(&database.admin_url, &database.runtime_url);
    let (a, b, c) = tokio::join!(migrate(), migrate(), migrate());
    a.and(b).and(c).unwrap();
    let store = Store::postgres(&database.runtime_url).await.unwrap();
    fill(&store, "acme", 1).await;
    migrate().await.unwrap();
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.workspaces().await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_failed_migration_leaves_a_postgres_database_as_it_was() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.empty_database();
    let superuser = &database.superuser_url;
    raw_postgres(superuser, "CREATE TABLE unlisted_databases (id TEXT)").await.unwrap();
    let migrate = || migrate_postgres(&database.admin_url, &database.runtime_url);
    assert!(matches!(migrate().await, Err(Error::Schema { .. })));
    let tables = "SELECT relname::text FROM pg_class WHERE relname = 'tenants'";
    assert_eq!(raw_postgres(superuser, tables).await.unwrap(), Vec::<String>::new());
    raw_postgres(superuser, "DROP TABLE unlisted_databases").await.unwrap();
    migrate().await.unwrap();
}

#[tokio::test]
async fn a_migration_for_another_tenant_is_refused_and_changes_nothing() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.empty_database();
    let of = async |name| {
        migrate_postgres_of(&tenant(name), &database.admin_url, &database.runtime_url).await
    };
    of("acme").await.unwrap();
    fill(&Store::postgres(&database.runtime_url).await.unwrap(), "acme", 1).await;
    let superuser = &database.superuser_url;
    raw_postgres(superuser, "REVOKE INSERT ON projects FROM covibe_runtime").await.unwrap();
    let granted = "SELECT has_table_privilege('covibe_runtime', 'projects', 'INSERT')::text";
    assert!(matches!(of("other").await, Err(Error::Inhabited)));
    assert_eq!(raw_postgres(superuser, granted).await.unwrap(), ["false"]);
    of("acme").await.unwrap();
    assert_eq!(raw_postgres(superuser, granted).await.unwrap(), ["true"]);
}

#[tokio::test]
async fn repeated_and_concurrent_openings_of_sqlite_succeed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("new.sqlite");
    let (a, b, c) = tokio::join!(Store::sqlite(&path), Store::sqlite(&path), Store::sqlite(&path));
    for store in [a, b, c] {
        assert_eq!(store.unwrap().health().await.unwrap().schema, SchemaState::Current);
    }
    let again = Store::sqlite(&path).await.unwrap();
    fill(&again, "acme", 1).await;
}

#[cfg(unix)]
#[tokio::test]
async fn sqlite_files_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let store = Store::sqlite(&folder.path().join("covibe.sqlite")).await.unwrap();
    fill(&store, "acme", 1).await;
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert!(files.len() >= 3, "the file, its log and its index");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn missing_grants_and_missing_tables_are_reported_differently() {
    let Some(postgres) = Postgres::shared() else { return };
    let problem = async |url: &Secret| match Store::postgres(url).await {
        Err(Error::Schema { problem, .. }) => problem,
        other => panic!("expected a refusal: {other:?}"),
    };
    let database = postgres.empty_database();
    assert!(problem(&database.runtime_url).await.contains("has no tables yet"));
    for (revoked, lacking) in [
        ("REVOKE INSERT ON projects FROM covibe_runtime", "table projects"),
        (
            "REVOKE SELECT ON __diesel_schema_migrations FROM covibe_runtime",
            "table __diesel_schema",
        ),
        ("REVOKE EXECUTE ON FUNCTION append_audit FROM covibe_runtime", "function append_audit"),
    ] {
        let database = postgres.database();
        raw_postgres(&database.admin_url, revoked).await.unwrap();
        let told = problem(&database.runtime_url).await;
        assert!(told.contains(&format!("not allowed to use the {lacking}")), "{told}");
        migrate_postgres(&database.admin_url, &database.runtime_url).await.unwrap();
        Store::postgres(&database.runtime_url).await.unwrap();
    }
}

#[tokio::test]
async fn opening_an_existing_sqlite_file_neither_creates_nor_migrates_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("covibe.sqlite");
    assert!(matches!(Store::existing_sqlite(&path).await, Err(Error::Schema { .. })));
    assert!(!path.exists());
    drop(Store::sqlite(&path).await.unwrap());
    Store::existing_sqlite(&path).await.unwrap();
    let empty = folder.path().join("empty.sqlite");
    std::fs::write(&empty, "").unwrap();
    assert!(matches!(Store::existing_sqlite(&empty).await, Err(Error::Schema { .. })));
}

#[tokio::test]
async fn an_empty_database_is_refused_naming_the_command() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.empty_database();
    match Store::postgres(&database.runtime_url).await {
        Err(Error::Schema { fix, .. }) => assert_eq!(fix, "Run `covibe-server migrate`"),
        other => panic!("expected a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn the_runtime_role_is_created_once_with_its_password() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.empty_database();
    let url = database.runtime_url.expose();
    let url = url.replace("covibe_runtime:covibe_runtime", "Odd%22Role:pass%27word");
    let url = Secret::new(url);
    migrate_postgres(&database.admin_url, &url).await.unwrap();
    let store = Store::postgres(&url).await.unwrap();
    fill(&store, "acme", 1).await;
    let stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'Odd\"Role' AND rolcanlogin \
                  AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole";
    let first = raw_postgres(&database.superuser_url, stored).await.unwrap();
    assert!(first[0].starts_with("SCRAM-SHA-256$"), "{first:?}");
    migrate_postgres(&database.admin_url, &url).await.unwrap();
    assert_eq!(raw_postgres(&database.superuser_url, stored).await.unwrap(), first);
}

#[tokio::test]
async fn the_same_role_for_both_urls_is_refused() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.empty_database();
    let refused = migrate_postgres(&database.admin_url, &database.admin_url).await;
    assert!(matches!(refused, Err(Error::Isolation { .. })), "{refused:?}");
}
