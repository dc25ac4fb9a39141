//! Applications by name: none, one, several.

use covibe_domain::Kind;
use serde_json::json;

use super::World;

#[tokio::test]
async fn an_unknown_app_name_is_refused_with_similar_names() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    for name in ["shop-web", "shop-api", "blog"] {
        world.app(&project, name, &[]).await;
    }
    for tool in ["get_app_status", "deploy_app"] {
        let failure = world.caller.failure(tool, json!({ "app_name": "shop-wep" })).await;
        assert_eq!(failure.kind, Kind::NotFound);
        let hint = failure.hint.unwrap();
        assert!(hint.contains("shop-web") && !hint.contains("blog"), "{hint}");
        let failure = world.caller.failure(tool, json!({ "app_name": "zzzzzz" })).await;
        assert!(failure.hint.unwrap().contains("list_all_apps"));
    }
    assert_eq!(world.deploys(), 0);
}

#[tokio::test]
async fn an_ambiguous_app_name_is_refused_with_uuids_and_projects() {
    let world = World::new().await;
    let (one, other) = (world.project("Shop").await, world.project("Blog").await);
    let first = world.app(&one, "web", &["https://shop.test"]).await;
    let second = world.app(&other, "web", &["https://blog.test"]).await;
    for tool in ["get_app_status", "deploy_app"] {
        let failure = world.caller.failure(tool, json!({ "app_name": "web" })).await;
        assert_eq!(failure.kind, Kind::Conflict);
        let candidates = failure.details["candidates"].as_array().unwrap().clone();
        let of = |uuid: &str| candidates.iter().find(|one| one["uuid"] == uuid).unwrap();
        assert_eq!(candidates.len(), 2);
        assert_eq!(of(first.as_str())["project"], "Shop");
        assert_eq!(of(second.as_str())["domains"], json!(["blog.test"]));
    }
    assert_eq!(world.deploys(), 0);
    let answer = world.caller.answer("deploy_app", json!({ "app_name": second })).await;
    assert_eq!((&answer["uuid"], world.deploys()), (&json!(second), 1));
}

#[tokio::test]
async fn an_invalid_or_unknown_uuid_is_refused() {
    let world = World::new().await;
    for tool in ["deploy", "get_logs"] {
        let failure = world.caller.failure(tool, json!({ "application_uuid": "shop,other" })).await;
        assert_eq!(failure.kind, Kind::Invalid, "{failure:?}");
        let failure =
            world.caller.failure(tool, json!({ "application_uuid": "a".repeat(24) })).await;
        assert_eq!(failure.kind, Kind::NotFound, "{failure:?}");
    }
    let failure =
        world.caller.failure("list_applications", json!({ "project_uuid": "a".repeat(24) })).await;
    assert_eq!(failure.kind, Kind::NotFound);
    assert_eq!(world.deploys(), 0);
}
