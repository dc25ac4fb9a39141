//! Resources that an operator creates by hand in a workspace's project are listed, and left alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_dispatch::Tool;
use covibe_sandbox::coolify::Collection;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use crate::creation_idempotency::Operator;
use crate::support::{Estate, all_calls, parameter_samples, served};

/// Returns resources that an operator creates: the path at Coolify, the body, and the family of tools that acts on it.
fn hand_made() -> [(&'static str, Value, &'static str); 5] {
    let image = json!({ "name": "hand-image", "docker_registry_image_name": "nginx",
        "ports_exposes": "80" });
    let repository = json!({ "name": "hand-repo", "git_repository": "https://git.test/a/b.git",
        "git_branch": "main", "build_pack": "nixpacks", "ports_exposes": "3000",
        "build_command": "build --key hunter2" });
    [
        ("/applications/dockerimage", image, "apps"),
        ("/applications/public", repository, "apps"),
        ("/services", json!({ "name": "hand-software", "type": "n8n" }), "apps"),
        ("/services", json!({ "name": "hand-auth", "type": "pocketbase" }), "auth"),
        ("/databases/postgresql", json!({ "name": "hand-db" }), "databases"),
    ]
}

/// The tool that lists a family, the member of its answer, and the tool that returns one.
fn reading(family: &str) -> (&'static str, &'static str, &'static str) {
    match family {
        "apps" => ("apps.list", "apps", "apps.get"),
        "auth" => ("auth.list", "providers", "auth.get"),
        _ => ("databases.list", "databases", "databases.get"),
    }
}

fn changing(family: &str, tool: &Tool) -> bool {
    let is_of_family = tool.spec.name.starts_with(&format!("{family}."));
    is_of_family && tool.spec.access.changes() && parameter_samples::id_parameter(tool).is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_of_an_operator_are_listed_as_other_and_cannot_be_changed() {
    let mut world = served(Options::default()).await;
    let mark = Estate::create(&world, &world.mark, "own").await;
    let operator = Operator::new(&world);
    for (path, body, _) in hand_made() {
        operator.make(&world, path, body).await;
    }
    world.restart().await;
    for (_, body, family) in hand_made() {
        let (list, member, get) = reading(family);
        let listed = mark.agent.compact(list, &json!({})).await.expect(list);
        let all = listed[member].as_array().expect("a list");
        let it = all.iter().find(|it| it["name"] == body["name"]).expect("the hand-made one");
        assert_eq!(it["kind"], "other", "{it}");
        let own = all.iter().filter(|it| it["name"] != body["name"]);
        let own: Vec<_> = own.filter(|it| !it["name"].to_string().contains("hand-")).collect();
        assert!(!own.is_empty() && own.iter().all(|it| it["kind"] != "other"), "{own:?}");
        let params = json!({ "uuid": it["uuid"] });
        let got = mark.agent.compact(get, &params).await.expect(get);
        assert_eq!(got["kind"], "other");
        assert!(!got.to_string().contains("hunter2"), "its commands are the operator's: {got}");
        assert_left_alone(&world, &mark, family, it["uuid"].as_str().expect("a uuid")).await;
    }
    world.stop().await;
}

/// No tool that changes something changes the resource with this uuid.
async fn assert_left_alone(world: &World, mark: &Estate, family: &str, uuid: &str) {
    let tools: Vec<_> =
        all_calls(world).into_iter().filter(|(tool, _)| changing(family, tool)).collect();
    assert!(!tools.is_empty());
    for (tool, via) in tools {
        world.coolify.clear_requests();
        let params = parameter_samples::params_with_id(&tool, mark, uuid);
        let called = via.call(&mark.agent, &tool, &params).await;
        let answer = called.answer;
        assert_eq!(called.status, 403, "{}: {}", tool.spec.name, answer.text);
        assert!(answer.text.contains("was created by hand"), "{}", answer.text);
        let requests = world.coolify.requests();
        assert!(requests.iter().all(|it| it.method == "GET"), "{}: {requests:?}", tool.spec.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compose_file_of_an_operators_app_is_not_returned() {
    let mut world = World::embedded().await;
    let operator = Operator::new(&world);
    let file = STANDARD.encode("services: {web: {image: 'nginx:1', command: [--key, hunter2]}}");
    let body = json!({ "name": "hand-file", "docker_compose_raw": file });
    operator.make(&world, "/services", body).await;
    world.restart().await;
    let listed = world.mark.agent.compact("apps.list", &json!({})).await.expect("apps");
    let all = listed["apps"].as_array().expect("a list");
    let app = all.iter().find(|it| it["name"] == "hand-file").expect("the hand-made one");
    let params = json!({ "uuid": app["uuid"], "include": ["compose"] });
    let got = world.mark.agent.compact("apps.get", &params).await.expect("an app");
    assert_eq!((&got["kind"], got.get("composeRaw")), (&json!("other"), None));
    assert!(got["hints"].to_string().contains("by hand"), "{got}");
    assert!(!got.to_string().contains("hunter2"), "{got}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_deployment_of_an_operators_app_is_refused() {
    let world = World::embedded().await;
    let operator = Operator::new(&world);
    let (path, body, _) = hand_made()[1].clone();
    operator.make(&world, path, body).await;
    let apps = operator.all(Collection::Applications).await;
    let app = apps.as_array().expect("a list").iter().find(|it| it["name"] == "hand-repo");
    let uuid = app.expect("the app")["uuid"].clone();
    let deployed = operator.post("/deploy", &json!({ "uuid": uuid })).await;
    let params = json!({ "uuid": deployed["deployments"][0]["deployment_uuid"] });
    let answer = world.mark.agent.compact_raw("deployments.cancel", &params).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.text.contains("was created by hand"), "{}", answer.text);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_resource_stays_manageable_after_its_mark_is_overwritten() {
    let mut world = World::embedded().await;
    let agent = world.mark.agent.clone();
    let made = agent.compact("databases.create", &json!({ "type": "redis" })).await.expect("one");
    let long = "words ".repeat(42);
    // Somebody writes over it in Coolify.
    let at = format!("/databases/{}", made["uuid"].as_str().expect("a text"));
    world.operator().coolify("PATCH", &at, &json!({ "description": long })).await;
    let databases = Operator::new(&world).all(Collection::Databases).await;
    assert!(!databases.to_string().contains("crt_"), "{databases}");
    world.restart().await;
    let found = agent.compact("databases.get", &json!({ "uuid": made["uuid"] })).await;
    assert_eq!(found.expect("it").get("kind"), None);
    let patch = json!({ "uuid": made["uuid"], "patch": { "description": "" } });
    agent.compact("databases.update", &patch).await.expect("a change");
    world.stop().await;
}
