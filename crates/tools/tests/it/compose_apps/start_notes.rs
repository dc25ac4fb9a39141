//! The need of an app for a start: told until the one that follows the file, and not of a file that was refused.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{create_app, service};

/// The time after which a request is carried out that nobody is waiting for.
const LATE: Duration = Duration::from_hours(1);

/// Longer than any task of Coolify takes here.
const LONG: Duration = Duration::from_mins(1);

/// A file whose volume has this source.
fn file(source: &str) -> String {
    format!("services: {{app: {{image: 'acme/app:1', volumes: ['./{source}:/data']}}}}")
}

/// An app that runs with the file of `data`.
async fn running(world: &World) -> Value {
    let params = json!({ "composeRaw": file("data"), "name": "shop", "instantDeploy": true });
    create_app(&world.mark.agent, &params).await["uuid"].clone()
}

fn patch(app: &Value, source: &str) -> Value {
    json!({ "uuid": app, "patch": { "composeRaw": file(source) },
            "confirmVolumes": ["data", "first", "second", "other", "late"] })
}

async fn update(world: &World, app: &Value, source: &str) -> Value {
    let updated = world.mark.agent.compact("apps.update", &patch(app, source)).await;
    updated.unwrap_or_else(|why| panic!("{source}: {why}"))
}

async fn deploy(world: &World, app: &Value) {
    let params = json!({ "uuid": app, "wait": true });
    world.mark.agent.compact("apps.deploy", &params).await.expect("a deployment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_stored_while_a_start_is_requested_needs_another_start() {
    let world = World::embedded().await;
    let app = running(&world).await;
    assert_eq!(update(&world, &app, "first").await["needsDeploy"], true);
    let hold = world.coolify.hold("POST", "/services/*/*$");
    let storing = async {
        hold.arrived().await;
        assert_eq!(update(&world, &app, "second").await["needsDeploy"], true);
        hold.release();
    };
    tokio::join!(deploy(&world, &app), storing);
    // Docker may be ahead of Coolify, whose task has to end before the next start is one of its own.
    world.coolify.advance(LONG);
    let again = update(&world, &app, "second").await;
    assert_eq!(again["needsDeploy"], true, "it was started with the first: {again}");
    deploy(&world, &app).await;
    let again = update(&world, &app, "second").await;
    assert_eq!(again["needsDeploy"], false, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_coolify_refuses_leaves_needs_deploy_unchanged() {
    let world = World::embedded().await;
    let app = running(&world).await;
    let refuse = async |source: &str| {
        world.coolify.arm(Fault::new(Name::Status).status(422).on("PATCH", "/services/*$"));
        let refused = world.mark.agent.compact_raw("apps.update", &patch(&app, source)).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        world.coolify.disarm();
    };
    refuse("refused").await;
    let updated = update(&world, &app, "data").await;
    assert_eq!((&updated["needsDeploy"], updated.get("warnings")), (&json!(false), None));
    let expected = update(&world, &app, "first").await;
    assert!(expected["warnings"].to_string().contains("data, and gets first"), "{expected}");
    refuse("refused").await;
    assert_eq!(update(&world, &app, "first").await, expected, "the earlier note is back");
    deploy(&world, &app).await;
    assert_eq!(update(&world, &app, "first").await["needsDeploy"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_stored_late_still_needs_a_start_after_another_file_was_started() {
    let mut world = World::embedded().await;
    let app = running(&world).await;
    let late = Fault::new(Name::Late).delay(LATE).times(u32::MAX);
    world.coolify.arm(late.on("PATCH", "/services/*$"));
    let lost = world.mark.agent.compact_raw("apps.update", &patch(&app, "late")).await;
    assert_eq!(lost.status, 502, "{}", lost.text);
    world.coolify.disarm();
    // The process would keep its turn until then.
    world.restart().await;
    assert_eq!(update(&world, &app, "second").await["needsDeploy"], true);
    deploy(&world, &app).await;
    world.coolify.advance(LATE);
    let updated = update(&world, &app, "late").await;
    assert_eq!(updated["needsDeploy"], true, "{updated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_coolify_did_not_keep_needs_no_start() {
    let world = World::embedded().await;
    let app = running(&world).await;
    let stored = service(&world, &json!({ "uuid": app })).await["docker_compose_raw"].clone();
    let path = format!("/services/{}", app.as_str().expect("a text"));
    let body = json!({ "docker_compose_raw": STANDARD.encode(stored.as_str().expect("a text")) });
    let write = world.coolify.hold("PATCH", "/services/*$");
    let writing = update(&world, &app, "other");
    // As somebody does who may use Coolify's API.
    let replacing = async {
        write.arrived().await;
        let read = world.coolify.hold("GET", "/services/*$");
        write.release();
        read.arrived().await;
        world.operator().coolify("PATCH", &path, &body).await;
        read.release();
    };
    let (updated, ()) = tokio::join!(writing, replacing);
    assert_eq!(updated["ignored"][0]["field"], "composeRaw", "{updated}");
    assert_eq!(updated["needsDeploy"], false, "{updated}");
    let again = update(&world, &app, "data").await;
    assert_eq!(again["needsDeploy"], false, "{again}");
}
