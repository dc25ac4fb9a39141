//! Leftovers of Coolify on its host: proxies of public databases, and networks.

use covibe_sandbox::coolify::{DatabaseProxies, Options};
use serde_json::{Value, json};

use super::Host;
use crate::simulator_client::paused_options;

const STACK: &str = "services:\n  web:\n    image: nginx:1.27\n";

async fn open(host: &Host, database: &str) {
    let body = json!({ "is_public": true, "public_port": 15432 });
    let answer = host.coolify.patch(&format!("/databases/{database}"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    host.wait();
}

/// The state of the proxy of a database; none without one.
async fn proxy(host: &Host, database: &str) -> Option<Value> {
    let seen = host.inspect(&format!("{database}-proxy")).await;
    seen["State"].get("Status").cloned()
}

async fn is_public(host: &Host, database: &str) -> Value {
    host.coolify.get(&format!("/databases/{database}")).await.json()["is_public"].clone()
}

#[tokio::test]
async fn the_proxy_of_a_public_database_runs_from_its_start_to_its_stop() {
    let host = Host::start().await;
    let database = host.database("main").await;
    assert_eq!(proxy(&host, &database).await, None);
    open(&host, &database).await;
    assert_eq!(proxy(&host, &database).await, Some(json!("running")));
    let labels = host.inspect(&format!("{database}-proxy")).await["Config"]["Labels"].clone();
    assert_eq!(labels["com.docker.compose.project"], "proxy");
    let path = format!("/databases/{database}");
    host.coolify.post(&format!("{path}/stop"), json!({})).await;
    assert_eq!(proxy(&host, &database).await, None);
    host.coolify.post(&format!("{path}/start"), json!({})).await;
    host.wait();
    assert_eq!(proxy(&host, &database).await, Some(json!("running")));
    host.coolify.patch(&path, json!({ "is_public": false })).await;
    host.wait();
    assert_eq!(proxy(&host, &database).await, None);
}

#[tokio::test]
async fn a_database_proxy_without_its_image_is_absent_and_without_its_port_only_created() {
    let host = Host::start().await;
    let database = host.database("main").await;
    host.coolify.client.simulator.set(DatabaseProxies::Unpullable);
    open(&host, &database).await;
    assert_eq!(
        (proxy(&host, &database).await, is_public(&host, &database).await),
        (None, json!(true))
    );
    host.coolify.patch(&format!("/databases/{database}"), json!({ "is_public": false })).await;
    host.coolify.client.simulator.set(DatabaseProxies::PortTaken);
    open(&host, &database).await;
    assert_eq!(proxy(&host, &database).await, Some(json!("created")));
    assert_eq!(is_public(&host, &database).await, json!(false));
}

#[tokio::test]
async fn the_proxy_of_a_database_that_does_not_run_keeps_restarting() {
    let host = Host::start().await;
    let body = host.coolify.with_place(json!({ "name": "main" }));
    let database = host.coolify.uuid("/databases/postgresql", body).await;
    open(&host, &database).await;
    assert_eq!(proxy(&host, &database).await, Some(json!("restarting")));
}

#[tokio::test]
async fn deletions_on_an_unreachable_host_leave_its_containers_and_networks() {
    let options = paused_options();
    let reach = options.host.clone();
    let host = Host::with(Options { deletion: Some(options.pace), ..options }).await;
    let (database, service) = (host.database("main").await, host.service(STACK).await);
    open(&host, &database).await;
    assert_eq!(proxy(&host, &database).await, Some(json!("running")));
    reach.lose();
    host.coolify.delete(&format!("/databases/{database}")).await;
    host.coolify.delete(&format!("/services/{service}")).await;
    host.wait();
    assert_eq!(host.coolify.get(&format!("/databases/{database}")).await.status, 404);
    assert_eq!(proxy(&host, &database).await, Some(json!("running")));
    let path = format!("/networks/{service}");
    let on_it = async || {
        let shown = host.get(&path).await.json()["Containers"].clone();
        let names = shown.as_object().unwrap().values().map(|one| one["Name"].clone());
        let mut names: Vec<_> = names.collect();
        names.sort_by_key(ToString::to_string);
        names
    };
    assert_eq!(on_it().await, ["coolify-proxy", &format!("web-{service}")]);
    for container in [format!("web-{service}"), format!("{database}-proxy")] {
        assert_eq!(host.delete(&format!("/containers/{container}?force=true")).await.status, 204);
    }
    assert_eq!(proxy(&host, &database).await, None);
    assert_eq!(host.delete(&path).await.status, 403, "Coolify's proxy is on it");
    let proxy = json!({ "Container": "coolify-proxy", "Force": false });
    assert_eq!(host.send("POST", &format!("{path}/disconnect"), &proxy).await.status, 200);
    assert_eq!(on_it().await, Vec::<Value>::new());
    assert_eq!(host.delete(&path).await.status, 204);
    assert_eq!(host.get(&path).await.status, 404);
}

#[tokio::test]
async fn deletions_on_a_reachable_host_remove_its_containers_and_networks() {
    let host = Host::start().await;
    let (database, service) = (host.database("main").await, host.service(STACK).await);
    open(&host, &database).await;
    host.coolify.delete(&format!("/databases/{database}")).await;
    host.coolify.delete(&format!("/services/{service}")).await;
    host.wait();
    assert_eq!(proxy(&host, &database).await, None);
    assert_eq!(host.get(&format!("/networks/{service}")).await.status, 404);
}
