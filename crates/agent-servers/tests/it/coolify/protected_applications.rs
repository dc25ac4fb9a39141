//! Protected applications: every way to deploy one, by every name that it has.

use serde_json::{Value, json};

use super::World;
use crate::tool_calls::{assert_protected, guard};

/// Every call that deploys an application.
fn deploying(uuid: &str, name: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("deploy", json!({ "application_uuid": uuid })),
        ("deploy", json!({ "application_uuid": uuid, "force": true })),
        ("deploy_app", json!({ "app_name": name })),
        ("deploy_app", json!({ "app_name": name.to_uppercase() })),
        ("deploy_app", json!({ "app_name": uuid })),
    ]
}

#[tokio::test]
async fn a_protected_application_is_never_deployed_whichever_name_is_used() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    let urls = ["https://shop.test", "http://pay.shop.test:3000/checkout"];
    let app = world.app(&project, "Web", &urls).await;
    let uuid = app.as_str();
    let upper = uuid.to_uppercase();
    for pattern in [
        "Web",
        "web",
        "WEB",
        "w*",
        uuid,
        &upper,
        "shop.test",
        "pay.shop.test",
        "*.SHOP.test",
        "x,pay.*",
    ] {
        let caller = world.guarded(guard(None, Some(pattern)));
        for (tool, params) in deploying(uuid, "Web") {
            assert_protected(&caller.failure(tool, params).await);
        }
        // Reading it is allowed.
        caller.answer("get_app_status", json!({ "app_name": "web" })).await;
        caller.answer("get_logs", json!({ "application_uuid": uuid })).await;
    }
    assert_eq!(world.deploys(), 0);
    for pattern in ["we", "shop", "*.pay.shop.test", "none"] {
        let caller = world.guarded(guard(None, Some(pattern)));
        for (tool, params) in deploying(uuid, "Web") {
            caller.answer(tool, params).await;
        }
    }
    assert_eq!(world.deploys(), 4 * 5);
}

#[tokio::test]
async fn apps_of_the_platform_are_protected_by_default() {
    let world = World::new().await;
    let project = world.project("Platform").await;
    let apps = [
        ("co-vibe", "https://a.test"),
        ("My-Coolify", "https://b.test"),
        ("git", "https://gitea.example.test"),
        ("forgejo", "https://c.test"),
        ("api", "https://covibe.test"),
    ];
    for (name, url) in apps {
        let app = world.app(&project, name, &[url]).await;
        for (tool, params) in deploying(app.as_str(), name) {
            assert_protected(&world.caller.failure(tool, params).await);
        }
    }
    assert_eq!(world.deploys(), 0);
}

#[tokio::test]
async fn protection_uses_the_current_name_of_an_application() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    let app = world.app(&project, "draft", &[]).await;
    let caller = world.guarded(guard(None, Some("prod-*")));
    caller.answer("deploy", json!({ "application_uuid": app })).await;
    world.rename(&app, "prod-shop").await;
    for (tool, params) in deploying(app.as_str(), "prod-shop") {
        assert_protected(&caller.failure(tool, params).await);
    }
    assert_eq!(world.deploys(), 1);
}
