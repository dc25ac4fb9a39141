//! The metrics of the installation as a whole, and the form of the page.

use covibe_store::Backend;
use covibe_testkit_http::postgres::Relay;
use covibe_testkit_http::{Location, Options, World};
use tokio::time::timeout;
use tokio_postgres::NoTls;

use super::{ON, Page, SOON, backups, exchange, leave_open};
use crate::server_process::Server;

#[tokio::test(flavor = "multi_thread")]
async fn metrics_of_the_installation_cover_all_tenants() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let folder = backups();
        let at = folder.path().to_str().expect("UTF-8");
        let server = Server::start_with(&world, &[ON, ("COVIBE_BACKUP_DIR", at)]);
        leave_open(&world, &server.agent(&world.mark)).await;
        let page = Page::fetch(&server).await;
        let close =
            |found: f64, meant: f64| assert!((found - meant).abs() < 0.5, "{found}, {meant}");
        close(page.get("covibe_ready", &[]), 1.0);
        close(page.get("covibe_workspaces", &[("status", "ready")]), 2.0);
        close(page.get("covibe_tenants", &[("status", "active")]), 2.0);
        close(page.get("covibe_journal_open", &[("kind", "provisioning")]), 0.0);
        let oldest = |page: &Page| {
            page.get("covibe_journal_oldest_timestamp_seconds", &[("kind", "creations")])
        };
        close(page.get("covibe_journal_open", &[("kind", "creations")]), 1.0);
        assert!(oldest(&page) > 1.7e9, "{backend}");
        assert!(page.get("covibe_disk_free_bytes", &[]) > 1e6);
        assert!(page.get("covibe_backup_last_timestamp_seconds", &[]) > 1.7e9);
    }
}

/// The alerts of an outage rest on it while nobody calls.
#[tokio::test(flavor = "multi_thread")]
async fn missing_database_rights_make_the_server_unready_although_nobody_calls() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let server = Server::start_with(&world, &[ON]);
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let connected = tokio_postgres::connect(database.superuser_url.expose(), NoTls).await;
    let (holder, connection) = connected.expect("a session");
    tokio::spawn(connection);
    // The budgets of upstreams are no part of the database's health.
    let lock = "BEGIN; LOCK TABLE upstream_budgets IN ACCESS EXCLUSIVE MODE";
    holder.batch_execute(lock).await.expect("a lock");
    assert!(Page::fetch(&server).await.get("covibe_ready", &[]) > 0.5);
    holder.batch_execute("ROLLBACK").await.expect("its end");
    holder.batch_execute("REVOKE SELECT ON audit_log FROM covibe_runtime").await.expect("a right");
    let unready = async { while Page::fetch(&server).await.get("covibe_ready", &[]) > 0.5 {} };
    timeout(SOON, unready).await.expect("it is noticed");
}

/// Prometheus gives up a page that waits as long as the database does, and shows no alert but that of a missing server.
#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_page_is_answered_while_the_database_is_silent() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let relay = Relay::start(&database.runtime_url);
    let url = relay.url(&database.runtime_url);
    let server = Server::start_with(&world, &[ON, ("DATABASE_URL", url.expose())]);
    assert!(Page::fetch(&server).await.get("covibe_ready", &[]) > 0.5);
    relay.go_silent();
    let unready = async { while Page::fetch(&server).await.get("covibe_ready", &[]) > 0.5 {} };
    timeout(SOON, unready).await.expect("each page is answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_in_the_prometheus_text_format_are_described_by_sample_name() {
    let world = World::embedded().await;
    let server = Server::start_with(&world, &[ON]);
    let address = server.metrics().expect("where the metrics are");
    let answer = exchange(&address, "GET /metrics HTTP/1.1").await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    assert!(body.contains("# TYPE covibe_calls_total counter\n") && !body.contains("# EOF"));
    for line in body.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().expect("a name");
        assert!(body.contains(&format!("# HELP {name} ")), "{name} is described");
    }
}
