//! Projects, environments and the server.

use covibe_sandbox::coolify::{Collection, Options, Version};
use serde_json::json;

use crate::simulator_client::{Coolify, real_time_options};

#[tokio::test]
async fn projects_may_have_equal_names_and_begin_with_an_environment() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let twin = coolify.uuid("/projects", json!({ "name": "vibn-ws-mark" })).await;
    assert_ne!(twin, coolify.project);
    let body = coolify.get(&format!("/projects/{twin}")).await.json();
    assert_eq!(body["environments"][0]["name"], "production");
    assert!(body["environments"][0]["id"].is_i64());
    let short = coolify.get(&format!("/projects/{twin}/environments")).await.json();
    assert_eq!(short[0]["uuid"], body["environments"][0]["uuid"]);
    assert_eq!(
        coolify.simulator.names(Collection::Projects)[1..],
        ["vibn-ws-mark", "vibn-ws-mark"]
    );
}

#[tokio::test]
async fn invalid_projects_are_refused_by_field() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for (body, field) in [
        (json!({ "name": "ab" }), "name"),
        (json!({ "name": "a;b c" }), "name"),
        (json!({ "description": "no name" }), "name"),
        (json!({ "name": "abc", "colour": "red" }), "colour"),
    ] {
        let answer = coolify.post("/projects", body).await;
        assert_eq!(answer.status, 422);
        assert!(answer.json()["errors"][field][0].is_string(), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_second_environment_of_the_same_name_in_a_project_is_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/projects/{}", coolify.project);
    let staging = format!("{path}/environments");
    assert_eq!(coolify.post(&staging, json!({ "name": "staging" })).await.status, 201);
    assert_eq!(coolify.post(&staging, json!({ "name": "staging" })).await.status, 409);
}

#[tokio::test]
async fn only_a_project_without_resources_can_be_deleted() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/projects/{}", coolify.project);
    assert_eq!(coolify.patch(&path, json!({ "description": "ours" })).await.status, 201);
    coolify.uuid("/applications/public", coolify.app("site")).await;
    assert_eq!(coolify.delete(&path).await.status, 400);
    let empty = coolify.uuid("/projects", json!({ "name": "empty" })).await;
    assert_eq!(coolify.delete(&format!("/projects/{empty}")).await.status, 200);
    assert_eq!(coolify.get(&format!("/projects/{empty}")).await.status, 404);
}

#[tokio::test]
async fn an_environment_lists_no_keydb_dragonfly_or_clickhouse_databases() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for flavor in ["postgresql", "keydb", "dragonfly", "clickhouse"] {
        coolify
            .uuid(&format!("/databases/{flavor}"), coolify.with_place(json!({ "name": flavor })))
            .await;
    }
    let body = coolify.get(&format!("/projects/{}/production", coolify.project)).await;
    assert_eq!(body.json()["postgresqls"][0]["name"], "postgresql");
    assert!(body.json()["postgresqls"][0]["id"].is_i64());
    assert!(
        !body.text.contains("keydb")
            && !body.text.contains("dragonfly")
            && !body.text.contains("clickhouse")
    );
}

#[tokio::test]
async fn the_proxy_of_a_server_is_in_its_own_answer_but_not_in_the_list() {
    let coolify = Coolify::with(Options { is_build_server: true, ..real_time_options() }).await;
    let list = coolify.get("/servers").await.json();
    assert!(list[0].get("proxy").is_none());
    let one = coolify.get(&format!("/servers/{}", coolify.server)).await.json();
    assert_eq!(
        (&one["proxy"]["type"], &one["settings"]["is_build_server"]),
        (&json!("TRAEFIK"), &json!(true))
    );
    let resources = coolify.get(&format!("/servers/{}/resources", coolify.server)).await.json();
    assert_eq!(resources[0]["name"], "foreign-app");
    assert!(resources[0]["id"].is_i64());
}

#[tokio::test]
async fn a_new_simulator_has_a_project_of_another_member_with_its_resources() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let names = |thing| coolify.simulator.names(thing);
    assert_eq!(names(Collection::Projects)[0], "vibn-ws-elsewhere");
    assert_eq!(names(Collection::Applications), ["foreign-app"]);
    assert_eq!(coolify.simulator.count(Collection::Databases), 1);
    assert_eq!(coolify.simulator.count(Collection::Services), 1);
}

#[tokio::test]
async fn environments_are_listed_with_their_project() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/projects/{}/environments", coolify.project);
    coolify.uuid(&path, json!({ "name": "staging" })).await;
    let names = coolify.simulator.names(Collection::Environments);
    let ours: Vec<_> = names.iter().filter(|name| name.starts_with(&coolify.project)).collect();
    assert_eq!(
        ours,
        [&format!("{}/production", coolify.project), &format!("{}/staging", coolify.project)]
    );
}
