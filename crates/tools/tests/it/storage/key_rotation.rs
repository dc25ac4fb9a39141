//! A key that is replaced, in the apps that have it, and ends only when none runs with it.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{
    app, assert_one_of_each, client, end_rotation, expect_success, provision, stack, variables,
    wait_until_usable,
};

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
    // By hand: this server does not see it.
    let path = format!("/applications/{}", gone.as_str().expect("a text"));
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    wait_until_usable(&world).await;
    let old = client(&world, &image, "STORAGE_").await;
    assert_eq!(old.put("kept", "for all").await, 200);
    let rotated = expect_success(&world, "storage.provision", json!({ "rotate": true })).await;
    assert_ne!(rotated["storage"]["accessKeyId"], before["accessKeyId"]);
    let mut expected = [image.clone(), stack.clone()];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(rotated["needsDeploy"], json!(expected));
    assert!(rotated["hint"].as_str().is_some_and(|hint| hint.contains("apps.deploy")), "{rotated}");
    wait_until_usable(&world).await;
    // A lost answer is asked for again: no app may lose its key by that.
    let again = expect_success(&world, "storage.provision", json!({ "rotate": true })).await;
    assert_eq!(again["storage"]["accessKeyId"], rotated["storage"]["accessKeyId"], "{again}");
    let hint = again["hint"].as_str().expect("what to do next");
    assert!(
        hint.starts_with("No new key was created") && hint.contains("without rotate"),
        "{hint}"
    );
    assert_eq!(old.get("kept").await, (200, "for all".to_owned()), "containers still run with it");
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
    let apps = rotated["storage"]["apps"].as_array().expect("a list");
    assert!(apps.len() == 3 && apps.iter().all(|app| app["isCurrent"] == true), "{apps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_key_stays_valid_until_every_app_runs_with_the_new_one() {
    let world = World::embedded().await;
    provision(&world).await;
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    wait_until_usable(&world).await;
    let old = client(&world, &app, "STORAGE_").await;
    world.coolify.arm(Fault::new(Name::Status).on("PATCH", "/applications/*/envs/bulk").times(9));
    let half = expect_success(&world, "storage.provision", json!({ "rotate": true })).await;
    assert_eq!((&half["failed"], half.get("needsDeploy")), (&json!([app]), None));
    assert_eq!(world.cloud.count(Collection::HmacKeys), 2);
    assert_eq!(old.put("x", "y").await, 200, "the app goes on");
    world.coolify.disarm();
    // It goes on where it ended, and makes no third key.
    let rest = expect_success(&world, "storage.provision", json!({ "rotate": true })).await;
    assert_eq!((&rest["needsDeploy"], rest.get("failed")), (&json!([app]), None));
    assert_eq!(rest["storage"]["accessKeyId"], half["storage"]["accessKeyId"]);
    assert_eq!(old.put("x", "y").await, 200, "its containers run with it");
    end_rotation(&world).await;
    assert_one_of_each(&world, "the third call").await;
    assert_eq!(old.put("x", "y").await, 403);
}
