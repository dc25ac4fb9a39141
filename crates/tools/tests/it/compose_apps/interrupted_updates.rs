//! A change of a compose app's file that breaks off: the same call finishes it.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{create_app, service};

const FILE: &str = "
services:
  web:
    image: acme/web:${TAG:-1}
    environment: {TAG: '${TAG:-1}', LEVEL: '${LEVEL:-info}', OLD: '${OLD:-x}'}
  api: {image: 'acme/api:1'}
";

const NEXT: &str = "
services:
  web:
    image: acme/web:${TAG:-2}
    environment: {TAG: '${TAG:-2}', LEVEL: '${LEVEL:-warn}'}
";

/// Creates an app, breaks its update off at requests with this method and path, and repeats it.
async fn updated_after_a_break(method: &str, path: &str) -> (World, Value, Value) {
    let world = World::embedded().await;
    let params = json!({ "composeRaw": FILE, "name": "shop", "composeService": "web",
                         "instantDeploy": false });
    let app = create_app(&world.mark.agent, &params).await;
    let params = json!({ "uuid": app["uuid"], "patch": { "composeRaw": NEXT } });
    world.coolify.arm(Fault::new(Name::Limited).on(method, path).times(u32::MAX));
    let broken = world.mark.agent.compact_raw("apps.update", &params).await;
    assert_eq!(broken.status, 429, "{}", broken.text);
    world.coolify.disarm();
    let updated = world.mark.agent.compact("apps.update", &params).await.expect("an update");
    assert_eq!(updated["applied"], json!(["composeRaw"]), "{updated}");
    (world, app, updated)
}

#[tokio::test(flavor = "multi_thread")]
async fn repeating_an_interrupted_update_replaces_the_old_defaults() {
    for (method, path) in [("DELETE", "/services/*/envs/*"), ("PATCH", "/services/*$")] {
        let (world, app, updated) = updated_after_a_break(method, path).await;
        assert_eq!(updated["needsDeploy"], true, "{updated}");
        let file = service(&world, &app).await["docker_compose_raw"].to_string();
        assert!(file.contains("acme/web:2"), "{method}: {file}");
        let envs = format!("/services/{}/envs", app["uuid"].as_str().expect("a text"));
        let envs = world.operator().coolify_list(&envs).await;
        for (key, value) in [("TAG", Some("2")), ("LEVEL", Some("warn")), ("OLD", None)] {
            let present = envs.iter().find(|env| env["key"] == key);
            assert_eq!(present.and_then(|env| env["value"].as_str()), value, "{method}: {key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeating_an_interrupted_update_excludes_lost_containers_from_the_status() {
    let (world, app, _) = updated_after_a_break("PATCH", "/services/*/applications/*").await;
    let now = service(&world, &app).await;
    let parts = now["applications"].as_array().expect("a list");
    let lost = parts.iter().find(|part| part["name"] == "api").expect("Coolify goes on listing it");
    assert_eq!(lost["exclude_from_status"], true);
}
