//! A creation that broke off, and is asked for again.

use covibe_sandbox::coolify::Collection;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{STACK, changes, create_app, service, urls};

/// A call whose answer of that sort is lost, and then the same call.
async fn lost_then(world: &World, first: &Value, method: &str, path: &str, then: &Value) -> Value {
    world.coolify.arm(Fault::new(Name::DropAfter).on(method, path).times(9));
    let answer = world.mark.agent.compact_raw("apps.create", first).await;
    assert_eq!(answer.status, 502, "{method} {path}: {}", answer.text);
    assert_eq!(answer.json()["details"]["mayHaveHappened"], true, "{}", answer.text);
    world.coolify.disarm();
    if path.contains("start") {
        running(world, first).await;
    }
    world.coolify.clear_requests();
    create_app(&world.mark.agent, then).await
}

/// Waits until the one of that name runs.
async fn running(world: &World, params: &Value) {
    let operator = world.operator();
    let runs = |one: &Value| {
        one["name"] == params["name"]
            && one["status"].as_str().is_some_and(|status| status.starts_with("running"))
    };
    while !operator.coolify_list("/services").await.iter().any(runs) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

fn params(name: &str, level: &str) -> Value {
    json!({ "composeRaw": STACK, "name": name, "envs": [{ "key": "LEVEL", "value": level }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_continues_after_a_failure_of_any_step() {
    let world = World::embedded().await;
    for (number, (method, path)) in [
        ("POST", "/services$"),
        ("PATCH", "/services/*$"),
        ("PATCH", "/services/*/envs/bulk$"),
        ("POST", "/services/*/start$"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("crm-{number}");
        let params = params(&name, "1");
        let made = lost_then(&world, &params, method, path, &params).await;
        let service = service(&world, &made).await;
        assert_eq!(service["docker_compose"].as_str().map(str::is_empty), Some(false), "{path}");
        let names = world.coolify.names(Collection::Services);
        assert_eq!(names.iter().filter(|each| **each == name).count(), 1, "{path}");
        let listed = json!({ "uuid": made["uuid"] });
        let envs = world.mark.agent.compact("apps.envs.list", &listed).await.expect("variables");
        assert!(envs.to_string().contains("LEVEL"), "{path}: {envs}");
        let restarts = changes(&world).iter().filter(|it| it.ends_with("/restart")).count();
        assert_eq!(restarts, 0, "{path}: what is being set up is not broken off");
        let container = format!("server-{}", made["uuid"].as_str().expect("a text"));
        while !world.coolify.names(Collection::Containers).contains(&container) {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_left_without_containers_by_coolify_is_completed_with_its_domain() {
    let world = World::embedded().await;
    let params = params("crm", "1");
    world.coolify.arm(Fault::new(Name::BreakOff).on("POST", "/services$"));
    let made = create_app(&world.mark.agent, &params).await;
    let urls = urls(&world, &made, "server").await;
    assert!(urls.as_str().is_some_and(|urls| urls.contains("crm.mark.vibnai.com")), "{urls}");
    assert!(made.get("warnings").is_none_or(|told| told == &json!([])), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_cannot_be_completed_is_deleted() {
    let world = World::embedded().await;
    let params = params("crm", "1");
    world.coolify.arm(Fault::new(Name::BreakOff).on("POST", "/services$"));
    world.coolify.arm(Fault::new(Name::Status).on("PATCH", "/services/*$").times(99));
    let answer = world.mark.agent.compact_raw("apps.create", &params).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(answer.json()["details"].get("mayHaveHappened"), None, "{}", answer.text);
    assert!(answer.json()["hint"].as_str().is_some_and(|hint| hint.contains("was deleted")));
    let left = world.coolify.names(Collection::Services);
    assert!(!left.contains(&"crm".to_owned()), "{left:?}");
    world.coolify.disarm();
    create_app(&world.mark.agent, &params).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_with_other_values_restarts_the_app() {
    let world = World::embedded().await;
    let other_file = STACK.replace("v1.2.0", "v1.3.0");
    for (number, (member, value)) in [
        ("envs", json!([{ "key": "LEVEL", "value": "2" }])),
        ("composeRaw", json!(other_file)),
        ("domain", json!("other.mark.vibnai.com")),
    ]
    .into_iter()
    .enumerate()
    {
        let first = params(&format!("crm-{number}"), "1");
        let mut then = first.clone();
        then[member] = value;
        let made = lost_then(&world, &first, "POST", "/services/*/start$", &then).await;
        let changes = changes(&world);
        assert!(changes.contains(&"POST /services/*/restart".to_owned()), "{member}: {changes:?}");
        assert_eq!(changes.last().map(String::as_str), Some("POST /services/*/restart"));
        match member {
            "composeRaw" => {
                let service = service(&world, &made).await;
                assert_eq!(
                    service["applications"][0]["image"],
                    "docker.io/twentycrm/twenty:v1.3.0"
                );
            }
            "domain" => {
                let url = "https://other.mark.vibnai.com:3000";
                assert_eq!(urls(&world, &made, "server").await, url);
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_moves_the_domain_to_the_newly_requested_service() {
    let world = World::embedded().await;
    let file = "services: {a: {image: 'x/a:1', expose: ['1']}, b: {image: 'x/b:1', expose: ['2']}}";
    let params =
        |service: &str| json!({ "composeRaw": file, "name": "ab", "composeService": service });
    let made = lost_then(&world, &params("a"), "POST", "/services$", &params("b")).await;
    assert_eq!(urls(&world, &made, "a").await, Value::Null);
    assert_eq!(urls(&world, &made, "b").await, "https://ab.mark.vibnai.com:2");
}
