//! The store refuses PostgreSQL roles and tables that would let one tenant see another.

use covibe_domain::Secret;
use covibe_store::{Error, IsolationState, SchemaState, Store};
use covibe_testkit_postgres::{Database, Postgres};

use crate::fixture::{Fixture, TestDatabase, raw_postgres};

/// Runs `prepare` as superuser, and opens the store at `url`: what the refusal says.
async fn refusal(database: &Database, prepare: &str, url: &Secret) -> (String, String) {
    raw_postgres(&database.superuser_url, prepare).await.unwrap();
    match Store::postgres(url).await {
        Err(Error::Isolation { problem, fix }) => (problem, fix),
        other => panic!("expected a refusal after {prepare:?}: {other:?}"),
    }
}

#[tokio::test]
async fn roles_that_bypass_row_level_security_are_refused() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let (problem, fix) = refusal(&database, "SELECT 1", &database.superuser_url).await;
    assert!(problem.contains("postgres is a superuser"), "{problem}");
    assert!(fix.contains("covibe-server migrate"), "{fix}");

    let create = "CREATE ROLE guard_bypass LOGIN BYPASSRLS";
    let (problem, fix) = refusal(&database, create, &database.url_as("guard_bypass")).await;
    assert!(problem.contains("guard_bypass has BYPASSRLS"), "{problem}");
    assert_eq!(fix, "Run `ALTER ROLE guard_bypass NOBYPASSRLS`");

    let create = "CREATE ROLE guard_member LOGIN IN ROLE guard_bypass";
    let (problem, fix) = refusal(&database, create, &database.url_as("guard_member")).await;
    assert!(problem.contains("guard_member may become guard_bypass"), "{problem}");
    assert_eq!(fix, "Run `REVOKE guard_bypass FROM guard_member`");

    let create = "CREATE ROLE guard_maker LOGIN CREATEROLE";
    let (problem, fix) = refusal(&database, create, &database.url_as("guard_maker")).await;
    assert!(problem.contains("guard_maker may create roles"), "{problem}");
    assert_eq!(fix, "Run `ALTER ROLE guard_maker NOCREATEROLE`");

    let create = "CREATE ROLE guard_made LOGIN IN ROLE guard_maker";
    let (problem, fix) = refusal(&database, create, &database.url_as("guard_made")).await;
    assert!(problem.contains("guard_made may become guard_maker"), "{problem}");
    assert_eq!(fix, "Run `REVOKE guard_maker FROM guard_made`");

    let (problem, fix) = refusal(&database, "SELECT 1", &database.admin_url).await;
    assert!(problem.contains("covibe_owner owns the table"), "{problem}");
    assert!(fix.contains("DATABASE_URL"), "{fix}");
}

#[tokio::test]
async fn open_tables_are_refused_until_migrate_closes_them() {
    let Some(postgres) = Postgres::shared() else { return };
    let changes = [
        ("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY", "projects has no forced"),
        ("ALTER TABLE tenants DISABLE ROW LEVEL SECURITY", "tenants has no forced"),
        ("GRANT TRUNCATE ON creations TO covibe_runtime", "may truncate creations"),
        ("GRANT DELETE ON audit_log TO covibe_runtime", "may change audit_log"),
        ("GRANT DELETE ON audit_heads TO covibe_runtime", "may set or delete audit_heads"),
        ("GRANT UPDATE ON audit_heads TO covibe_runtime", "may set or delete audit_heads"),
        ("GRANT INSERT ON audit_log TO covibe_runtime", "may change audit_log"),
        ("GRANT INSERT ON audit_log_default TO covibe_runtime", "may change audit_log_default"),
        ("GRANT UPDATE (outcome) ON audit_log TO covibe_runtime", "may change audit_log"),
    ];
    for (change, expected) in changes {
        let database = postgres.database();
        // As the owner, whose grants the migration can take back.
        raw_postgres(&database.admin_url, change).await.unwrap();
        let (problem, fix) = refusal(&database, "SELECT 1", &database.runtime_url).await;
        assert!(problem.contains(expected), "{problem}");
        assert!(fix.contains("covibe-server migrate"), "{fix}");
        covibe_store::migrate_postgres(&database.admin_url, &database.runtime_url).await.unwrap();
        Store::postgres(&database.runtime_url).await.unwrap();
    }
}

#[tokio::test]
async fn health_reports_schema_and_isolation_and_fails_once_a_table_is_open() {
    let health = Fixture::sqlite().await.store.health().await.unwrap();
    assert_eq!((health.schema, health.isolation), (SchemaState::Current, IsolationState::Embedded));
    let Some(fixture) = Fixture::postgres().await else { return };
    let health = fixture.store.health().await.unwrap();
    assert_eq!((health.schema, health.isolation), (SchemaState::Current, IsolationState::Enforced));
    let TestDatabase::Postgres(database) = &fixture.database else { panic!("made on PostgreSQL") };
    let store = Store::postgres(&database.runtime_url).await.unwrap();
    let change = "ALTER TABLE projects NO FORCE ROW LEVEL SECURITY";
    raw_postgres(&database.admin_url, change).await.unwrap();
    let error = store.health().await.unwrap_err();
    assert!(matches!(*error, Error::Isolation { .. }), "{error}");
}
