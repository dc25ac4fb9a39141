//! `covibe-server move-to-postgres`: everything of an embedded database, and its audit as it was.

use covibe_store::Backend;
use covibe_testkit_http::postgres::{Database, Postgres};
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::audit_exports::old;
use crate::backups::provisioned;
use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::server_process::Server;

/// Where the two oldest audit entries are.
async fn months(at: &Database) -> Vec<String> {
    let connected = tokio_postgres::connect(at.superuser_url.expose(), NoTls).await;
    let (client, connection) = connected.expect("a connection");
    let driver = tokio::spawn(connection);
    let oldest = "SELECT tableoid::regclass::text FROM audit_log ORDER BY at LIMIT 2";
    let rows = client.query(oldest, &[]).await.expect("rows");
    drop(client);
    driver.await.expect("no panic").expect("a clean end");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_embedded_database_is_moved_to_postgres_with_its_audit() {
    let Some(cluster) = Postgres::shared() else { return };
    let world = provisioned(Backend::Sqlite).await.expect("SQLite is built in");
    let project = json!({ "name": "Plan \"ü\" \\ '", "kind": "prd", "body": "Ship\nit." });
    let path = "/api/workspaces/mark/projects";
    assert_eq!(world.mark.agent.json("POST", path, &project).await.status, 201);
    world.store.append_audit(&old(&world)).await.expect("entries");
    world.dispatcher.flush().await;
    let embedded = Operator::in_world(&world);
    let heads = |operator: &Operator| {
        let verified = operator.run(&["audit", "verify", "--json"]);
        assert!(verified.status.success(), "{verified:?}");
        let told: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
        told["tenants"].as_array().expect("a list").clone()
    };
    let at = cluster.empty_database();
    let operator = Operator::in_world(&world)
        .with("COVIBE_DATABASE_BACKEND", "postgres")
        .with("DATABASE_URL", at.runtime_url.expose())
        .with("COVIBE_POSTGRES_ADMIN_URL", at.admin_url.expose());
    let server = Server::start(&world);
    let refused = operator.run(&["move-to-postgres"]);
    assert!(err(&refused).contains("another server uses"), "{refused:?}");
    drop(server);
    let mut before = heads(&embedded);
    let moved = operator.run(&["move-to-postgres"]);
    assert!(moved.status.success(), "{moved:?}");
    assert!(out(&moved).contains("Copied and verified: 2 tenants, 2 workspaces"), "{moved:?}");
    let mut after = heads(&operator);
    for list in [&mut before, &mut after] {
        list.sort_by_key(|one| one["tenant"].to_string());
    }
    assert_eq!(after, before);
    assert_eq!(months(&at).await, ["audit_log_2026_03", "audit_log_2026_04"]);
    let variables =
        [("COVIBE_DATABASE_BACKEND", "postgres"), ("DATABASE_URL", at.runtime_url.expose())];
    let server = Server::start_with(&world, &variables);
    let agent = server.agent(&world.mark);
    agent.compact("gitea.credentials", &json!({})).await.expect("the secrets are there");
    let listed = agent.compact("projects.list", &json!({})).await.expect("a list");
    assert!(listed.to_string().contains("ü"), "{listed}");
    let again = operator.run(&["move-to-postgres"]);
    assert!(!again.status.success() && err(&again).contains("has tenants"), "{again:?}");
    world.stop().await;
}
