//! The limits of an app's container.

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use super::fixture::{Ground, STACK, members_of, served_world, text, world};
use crate::support::CallStyle;

/// The memory, the swap with it, and the CPUs that Coolify has of an application.
async fn stored_limits(ground: &Ground<'_>, uuid: &str) -> [String; 3] {
    let app = ground.application(uuid).await;
    ["limits_memory", "limits_memory_swap", "limits_cpus"].map(|name| text(&app[name]))
}

async fn read(ground: &Ground<'_>, uuid: &str) -> Value {
    ground.call_ok("apps.get", json!({ "uuid": uuid })).await["limits"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_has_the_limits_of_the_call_on_every_release_and_surface() {
    for version in Version::ALL {
        let world = served_world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let repo = crate::support::workspace_resources::repository(ground.agent(), "code").await;
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            for (kind, source) in [("image", "nginx:1.27"), ("repo", repo.as_str())] {
                let limits = json!({ "memory": "512m", "cpus": "0.5" });
                let params = json!({ kind: source, "name": format!("{kind}-{number}"),
                                     "limits": limits, "instantDeploy": false });
                let (status, app) = ground.call_by(via, "apps.create", &params).await;
                assert!(status < 300, "{via:?}: {app}");
                let uuid = text(&app["uuid"]);
                let on = version.text();
                assert_eq!(stored_limits(&ground, &uuid).await, ["512m", "512m", "0.5"], "on {on}");
                assert_eq!(read(&ground, &uuid).await, limits, "on {on}");
            }
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_limits_need_a_deployment_and_leave_other_limits_unchanged() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("web").await;
    assert_eq!(read(&ground, &uuid).await, json!({ "memory": "4g", "cpus": "0" }));
    let patch = async |limits: Value| {
        let params = json!({ "uuid": uuid, "patch": { "limits": limits } });
        ground.call_ok("apps.update", params).await
    };
    let told = patch(json!({ "cpus": "1.5" })).await;
    assert_eq!(told["applied"], json!(["limits.cpus"]));
    assert_eq!(told["needsDeploy"], true);
    let told = patch(json!({ "memory": "1g" })).await;
    assert_eq!(told["applied"], json!(["limits.memory"]));
    assert_eq!(read(&ground, &uuid).await, json!({ "memory": "1g", "cpus": "1.5" }));
    let again = patch(json!({ "memory": "1g", "cpus": "1.5" })).await;
    assert_eq!(again["applied"], json!(["limits.memory", "limits.cpus"]));
    assert_eq!(again["needsDeploy"], false, "nothing changed");
    patch(json!({ "memory": "0", "cpus": "0" })).await;
    assert_eq!(
        stored_limits(&ground, &uuid).await,
        ["16g", "16g", "0"],
        "what the operator allows"
    );
    let misplaced = json!({ "limits_memory": "1g" });
    let told = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": misplaced })).await;
    assert_eq!(told["ignored"][0]["reason"], "pass limits.memory");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_a_compose_app_are_refused_at_creation_and_ignored_in_updates() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let limits = json!({ "memory": "512m" });
    let repo = crate::support::workspace_resources::repository(ground.agent(), "code").await;
    let before = world.coolify.requests().len();
    for source in [
        json!({ "composeRaw": STACK }),
        json!({ "template": "umami" }),
        json!({ "repo": repo, "buildPack": "dockercompose" }),
    ] {
        let mut params = source;
        params["limits"] = limits.clone();
        let told = ground.call_refused("apps.create", params.clone(), 400).await;
        assert!(text(&told["hint"]).contains("mem_limit"), "{params}: {told}");
    }
    let sent = world.coolify.requests().split_off(before);
    assert!(sent.iter().all(|request| request.method == "GET"), "{sent:?}");
    let uuid = ground.stack("stack", STACK).await;
    let patch = json!({ "limits": limits, "description": "in words" });
    let told = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
    assert_eq!(members_of(&told["ignored"], "field"), ["limits"]);
    assert!(text(&told["ignored"][0]["reason"]).contains("mem_limit"), "{told}");
    assert_eq!(read(&ground, &uuid).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_limits_above_the_operators_maximum_are_refused_for_apps() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("web").await;
    let before = world.coolify.requests().len();
    for (limits, status) in [
        (json!({ "memory": "17g" }), 422),
        (json!({ "memory": "16385m" }), 422),
        (json!({ "memory": "abc" }), 400),
        (json!({ "cpus": "-1" }), 400),
    ] {
        let create = json!({ "image": "nginx", "name": "never", "limits": limits });
        ground.call_refused("apps.create", create, status).await;
        let update = json!({ "uuid": uuid, "patch": { "limits": limits, "ports": "81" } });
        ground.call_refused("apps.update", update, status).await;
    }
    let sent = world.coolify.requests().split_off(before);
    assert!(sent.iter().all(|request| request.method == "GET"), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_cpus_than_the_host_has_fail_the_deployment_with_dockers_reason() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("web").await;
    let patch = json!({ "limits": { "cpus": "64" } });
    ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
    let told = ground.call_ok("apps.deploy", json!({ "uuid": uuid, "wait": true })).await;
    assert_eq!(told["outcome"]["verdict"], "failed", "{told}");
    assert!(told.to_string().contains("range of CPUs"), "{told}");
}
