//! A key that is replaced, in the apps that have it, and ends only when none runs with it.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{
    app, assert_one_of_each, client, deploy, end_rotation, expect_success, provision, stack,
    variables, wait_until_usable,
};

/// A world whose server reaches the docker host, or does not.
async fn world(docker: bool) -> World {
    let options = Options { docker, ..Options::default() };
    World::start(options).await.expect("SQLite is built in")
}

async fn rotate(world: &World) -> Value {
    expect_success(world, "storage.provision", json!({ "rotate": true })).await
}

fn assert_active_keys(world: &World, count: usize) {
    let keys = world.cloud.names(Collection::HmacKeys);
    assert!(keys.len() == count && keys.iter().all(|key| key.contains(" ACTIVE ")), "{keys:?}");
}

/// Asserts that all apps run with the current key, or that none does.
fn assert_current(storage: &Value, is_current: bool) {
    let apps = storage["apps"].as_array().expect("a list");
    assert!(apps.iter().all(|app| app["isCurrent"] == is_current), "{apps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_gives_every_app_the_new_key_before_the_old_one_is_deleted() {
    let world = World::embedded().await;
    let before = provision(&world).await;
    let (image, stack, gone) =
        (app(&world, "shop").await, stack(&world, "stack").await, app(&world, "gone").await);
    for uuid in [&image, &stack, &gone] {
        expect_success(&world, "storage.inject_env", json!({ "uuid": uuid })).await;
    }
    expect_success(&world, "storage.inject_env", json!({ "uuid": image, "prefix": "S3_" })).await;
    for uuid in [&image, &stack] {
        deploy(&world, uuid).await;
    }
    // By hand: this server does not see it.
    let path = format!("/applications/{}", gone.as_str().expect("a text"));
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    wait_until_usable(&world).await;
    let old = client(&world, &image, "STORAGE_").await;
    assert_eq!(old.put("kept", "for all").await, 200);
    let rotated = rotate(&world).await;
    assert_ne!(rotated["storage"]["accessKeyId"], before["accessKeyId"]);
    let mut expected = [image.clone(), stack.clone()];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(rotated["needsDeploy"], json!(expected));
    assert!(rotated["hint"].as_str().is_some_and(|hint| hint.contains("apps.deploy")), "{rotated}");
    assert_current(&rotated["storage"], false);
    wait_until_usable(&world).await;
    // A lost answer is asked for again: no app may lose its key by that.
    let again = rotate(&world).await;
    assert_eq!(again["storage"]["accessKeyId"], rotated["storage"]["accessKeyId"], "{again}");
    assert_eq!(again["needsDeploy"], json!(expected));
    let hint = again["hint"].as_str().expect("what to do next");
    assert!(
        hint.starts_with("No new key was created") && hint.contains("without `rotate`"),
        "{hint}"
    );
    assert_eq!(old.get("kept").await, (200, "for all".to_owned()), "containers still run with it");
    deploy(&world, &stack).await;
    let half = expect_success(&world, "storage.provision", json!({})).await;
    assert_eq!(half["needsDeploy"], json!([image]));
    assert_eq!(old.get("kept").await, (200, "for all".to_owned()), "one still runs with it");
    deploy(&world, &image).await;
    let ended = expect_success(&world, "storage.provision", json!({})).await;
    assert_eq!((ended.get("needsDeploy"), ended.get("hint")), (None, None), "{ended}");
    assert_one_of_each(&world, "rotated").await;
    assert_eq!(old.get("kept").await.0, 403);
    for prefix in ["STORAGE_", "S3_"] {
        let new = client(&world, &image, prefix).await;
        assert_eq!(new.get("kept").await, (200, "for all".to_owned()), "{prefix}");
    }
    let held = variables(&world, "services", &stack).await;
    assert_eq!(json!(held["STORAGE_ACCESS_KEY_ID"]), rotated["storage"]["accessKeyId"]);
    assert_eq!(ended["storage"]["apps"].as_array().map(Vec::len), Some(3));
    assert_current(&ended["storage"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_key_stays_valid_until_every_app_runs_with_the_new_one() {
    let world = World::embedded().await;
    provision(&world).await;
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    deploy(&world, &app).await;
    wait_until_usable(&world).await;
    let old = client(&world, &app, "STORAGE_").await;
    world.coolify.arm(Fault::new(Name::Status).on("PATCH", "/applications/*/envs/bulk").times(9));
    let half = rotate(&world).await;
    assert_eq!((&half["failed"], half.get("needsDeploy")), (&json!([app]), None));
    assert_active_keys(&world, 2);
    assert_eq!(old.put("x", "y").await, 200, "the app goes on");
    world.coolify.disarm();
    // It goes on where it ended, and makes no third key.
    let rest = rotate(&world).await;
    assert_eq!((&rest["needsDeploy"], rest.get("failed")), (&json!([app]), None));
    assert_eq!(rest["storage"]["accessKeyId"], half["storage"]["accessKeyId"]);
    assert_eq!(old.put("x", "y").await, 200, "its containers run with it");
    deploy(&world, &app).await;
    end_rotation(&world).await;
    assert_one_of_each(&world, "the third call").await;
    assert_eq!(old.put("x", "y").await, 403);
}

/// Replaces the key of an app that runs, loses the answer, and repeats the call in every way.
async fn assert_kept_until_deployed(world: &World, app: &Value) {
    expect_success(world, "storage.inject_env", json!({ "uuid": app })).await;
    deploy(world, app).await;
    let lost = rotate(world).await;
    for params in [json!({}), json!({ "rotate": true }), json!({})] {
        let again = expect_success(world, "storage.provision", params.clone()).await;
        assert_eq!(again["needsDeploy"], json!([app]), "{params}: {again}");
        assert!(again["hint"].as_str().is_some_and(|hint| hint.contains("apps.deploy")), "{again}");
        assert_eq!(again["storage"]["accessKeyId"], lost["storage"]["accessKeyId"], "{params}");
        assert_active_keys(world, 2);
        assert_current(&expect_success(world, "storage.describe", json!({})).await, false);
        // Another agent gets its variables again, which changes nothing.
        expect_success(world, "storage.inject_env", json!({ "uuid": app })).await;
    }
    deploy(world, app).await;
    assert_current(&expect_success(world, "storage.describe", json!({})).await, true);
    assert_active_keys(world, 2);
    let ended = expect_success(world, "storage.provision", json!({})).await;
    assert_eq!((ended.get("needsDeploy"), ended.get("hint")), (None, None), "{ended}");
    assert_one_of_each(world, "deployed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rotation_keeps_the_old_key_until_the_app_is_deployed() {
    for docker in [true, false] {
        let world = world(docker).await;
        provision(&world).await;
        let app = app(&world, "shop").await;
        assert_kept_until_deployed(&world, &app).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rotation_keeps_the_old_key_until_the_compose_app_is_started_again() {
    for docker in [true, false] {
        let world = world(docker).await;
        provision(&world).await;
        let stack = stack(&world, "stack").await;
        assert_kept_until_deployed(&world, &stack).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rotation_ends_the_previous_one_once_the_app_is_deployed() {
    let world = World::embedded().await;
    provision(&world).await;
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    deploy(&world, &app).await;
    let rotated = rotate(&world).await;
    deploy(&world, &app).await;
    let ended = rotate(&world).await;
    assert_eq!(ended["storage"]["accessKeyId"], rotated["storage"]["accessKeyId"]);
    assert_eq!(ended.get("needsDeploy"), None, "{ended}");
    assert!(ended["hint"].as_str().is_some_and(|hint| hint.starts_with("No new key")), "{ended}");
    assert_one_of_each(&world, "ended by another rotation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_app_does_not_keep_the_old_key() {
    for docker in [true, false] {
        let world = world(docker).await;
        let before = provision(&world).await;
        let (stopped, never_started) = (app(&world, "shop").await, stack(&world, "stack").await);
        for uuid in [&stopped, &never_started] {
            expect_success(&world, "storage.inject_env", json!({ "uuid": uuid })).await;
        }
        deploy(&world, &stopped).await;
        // Coolify refuses to stop what it has not seen to run.
        world.coolify.advance(Duration::from_mins(1));
        let stop = json!({ "uuid": stopped, "action": "stop" });
        expect_success(&world, "apps.control", stop).await;
        let rotated = rotate(&world).await;
        assert_ne!(rotated["storage"]["accessKeyId"], before["accessKeyId"]);
        assert_eq!((rotated.get("needsDeploy"), rotated.get("hint")), (None, None), "{rotated}");
        assert_current(&rotated["storage"], true);
        assert_one_of_each(&world, "nothing runs").await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_deleted_during_a_rotation_does_not_keep_the_old_key() {
    let world = World::embedded().await;
    provision(&world).await;
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    deploy(&world, &app).await;
    assert_eq!(rotate(&world).await["needsDeploy"], json!([app]));
    // By hand: this server does not see it.
    let path = format!("/applications/{}", app.as_str().expect("a text"));
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    let ended = expect_success(&world, "storage.provision", json!({})).await;
    assert_eq!((ended.get("needsDeploy"), ended.get("hint")), (None, None), "{ended}");
    assert_one_of_each(&world, "deleted").await;
}
