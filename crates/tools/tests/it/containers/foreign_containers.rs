//! Containers of others, and those that claim to be of a resource.

use std::collections::BTreeMap;

use covibe_sandbox::docker::ForeignContainer;
use covibe_testkit::World;
use serde_json::json;

use super::{call_refused, expect_success, image, started};

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_another_workspace_is_not_reached() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let database = json!({ "type": "keydb", "name": "db" });
    let database = started(&world, "databases.create", database).await;
    let engine = world.docker.as_ref().expect("an engine");
    engine.clear_requests();
    for (tool, params) in [
        ("apps.logs", json!({ "uuid": app })),
        ("apps.exec", json!({ "uuid": app, "command": "env" })),
        ("apps.control", json!({ "uuid": app, "action": "stop" })),
        ("databases.control", json!({ "uuid": database, "action": "stop" })),
    ] {
        let answer = world.justine.agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, 403, "{tool}: {}", answer.text);
    }
    assert!(engine.requests().is_empty(), "the docker host is not even asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_or_a_name_alone_makes_no_container_an_apps() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let engine = world.docker.as_ref().expect("an engine");
    let label = |key: &str| BTreeMap::from([(key.to_owned(), app.clone())]);
    for (name, labels) in [
        ("somebody-elses".to_owned(), label("com.docker.compose.project")),
        (format!("web-{app}"), label("coolify.serviceName")),
        (format!("{app}-pr-7"), label("com.docker.compose.project")),
        (format!("{app}-proxy"), label("com.docker.compose.project")),
    ] {
        let image = "nginx:1.27".to_owned();
        engine.set(ForeignContainer { name, image, labels, ..ForeignContainer::default() });
    }
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(answer["services"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_key_runs_no_command() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let path = format!("/api/workspaces/{}/keys", world.mark.agent.slug);
    let reader = world.mark.agent.json("POST", &path, &json!({ "access": "read" })).await.json();
    let agent = world.mark.agent.with_key(reader["token"].as_str());
    let logs = agent.compact("apps.logs", &json!({ "uuid": app })).await;
    assert!(logs.is_ok(), "{logs:?}");
    let answer = agent.compact_raw("apps.exec", &json!({ "uuid": app, "command": "true" })).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    let stop = agent.compact_raw("apps.control", &json!({ "uuid": app, "action": "stop" })).await;
    assert_eq!(stop.status, 403, "{}", stop.text);
    let unknown = call_refused(&world, "apps.logs", json!({ "uuid": "a".repeat(24) })).await;
    assert_eq!(unknown.status, 404, "{}", unknown.text);
}
