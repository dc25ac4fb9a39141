//! Defects that the health of the database notices.

use std::time::Duration;

use covibe_store::{Error, Store};
use covibe_testkit_postgres::Postgres;
use covibe_testkit_postgres::Relay;
use futures_util::future::join_all;

use crate::fixture::raw_postgres;

#[tokio::test]
async fn health_reports_a_missing_right_by_table() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let store = Store::postgres(&database.runtime_url).await.unwrap();
    let revoke = "REVOKE SELECT ON audit_log FROM covibe_runtime";
    raw_postgres(&database.admin_url, revoke).await.unwrap();
    let error = store.health().await.unwrap_err();
    assert!(error.to_string().contains("audit_log"), "{error}");
}

#[tokio::test]
async fn health_fails_for_a_read_only_database() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let name = raw_postgres(&database.superuser_url, "SELECT current_database()").await.unwrap();
    let change = format!("ALTER DATABASE {} SET default_transaction_read_only = on", name[0]);
    raw_postgres(&database.superuser_url, &change).await.unwrap();
    let store = Store::postgres(&database.runtime_url).await.unwrap();
    let error = store.health().await.unwrap_err();
    assert!(matches!(*error, Error::Database(_)), "{error}");
}

/// Concurrent callers share one examination of a silent database.
#[tokio::test]
async fn concurrent_health_checks_share_one_examination_of_a_silent_database() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let relay = Relay::start(&database.runtime_url);
    let store = Store::postgres(&relay.url(&database.runtime_url)).await.unwrap();
    relay.go_silent();
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    for health in join_all((0..50).map(|_| store.health())).await {
        assert!(health.is_err());
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
