//! Variables of applications.

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use crate::simulator_client::Coolify;

async fn app(version: Version) -> (Coolify, String) {
    let coolify = Coolify::on_release(version).await;
    let uuid = coolify.working_app("site").await;
    (coolify, format!("/applications/{uuid}/envs"))
}

async fn list(coolify: &Coolify, path: &str) -> Vec<Value> {
    coolify.get(path).await.json().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_production_variable_gets_a_preview_copy_with_a_readable_value() {
    for version in Version::ALL {
        let (coolify, path) = app(version).await;
        let body =
            json!({ "key": "TOKEN", "value": "a$b", "is_literal": true, "is_shown_once": true });
        assert_eq!(coolify.post(&path, body.clone()).await.status, 201);
        assert_eq!(coolify.post(&path, body).await.status, 409);
        let envs = list(&coolify, &path).await;
        let flags: Vec<_> = envs
            .iter()
            .map(|env| (env["is_preview"] == true, env["is_shown_once"] == true))
            .collect();
        assert_eq!(flags, [(false, true), (true, false)]);
        // Since 4.2 the value is hidden, except in the copy.
        assert_eq!(envs[0].get("value").is_none(), version == Version::V4_3);
        assert_eq!(envs[1]["value"], "a$b");
        assert_eq!(envs[1]["is_literal"], true);
    }
}

#[tokio::test]
async fn a_patch_resets_omitted_flags_and_does_not_change_the_preview_copy() {
    let (coolify, path) = app(Version::V4_1).await;
    coolify
        .post(
            &path,
            json!({ "key": "A", "value": "1", "is_literal": true, "is_multiline": true,
                                "is_shown_once": true, "is_buildtime": false, "comment": "kept" }),
        )
        .await;
    let answer = coolify.patch(&path, json!({ "key": "A", "value": "2" })).await;
    assert_eq!(answer.status, 201);
    let env = answer.json();
    assert_eq!((&env["value"], &env["comment"]), (&json!("2"), &json!("kept")));
    let flags = ["is_literal", "is_multiline", "is_shown_once", "is_buildtime", "is_runtime"]
        .map(|flag| env[flag] == true);
    assert_eq!(flags, [false, false, false, false, true]);
    assert_eq!(list(&coolify, &path).await[1]["value"], "1");
    assert_eq!(coolify.patch(&path, json!({ "key": "B", "value": "2" })).await.status, 404);
}

#[tokio::test]
async fn a_bulk_write_stops_at_the_first_invalid_item() {
    let (coolify, path) = app(Version::V4_3).await;
    let bulk = format!("{path}/bulk");
    let items = json!({ "data": [
        { "key": "A", "value": "1", "is_build_time": true, "is_buildtime": false },
        { "key": "not a key!", "value": "2" },
        { "key": "C", "value": "3" },
    ]});
    assert_eq!(coolify.patch(&bulk, items).await.status, 422);
    let keys: Vec<_> = list(&coolify, &path).await.iter().map(|env| env["key"].clone()).collect();
    assert_eq!(keys, ["A", "A"]);
    let answer = coolify
        .patch(&bulk, json!({ "data": [{ "key": "A", "value": "9", "is_preview": true }] }))
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()[0]["is_preview"], true);
    let values: Vec<_> =
        list(&coolify, &path).await.iter().map(|env| env["value"].clone()).collect();
    assert_eq!(values, ["1", "9"]);
    assert_eq!(coolify.patch(&bulk, json!({ "data": [] })).await.status, 400);
}

#[tokio::test]
async fn single_variable_writes_refuse_unknown_fields_and_invalid_keys() {
    let (coolify, path) = app(Version::V4_3).await;
    let old = coolify.post(&path, json!({ "key": "A", "value": "1", "is_build_time": true })).await;
    assert_eq!(old.json()["errors"]["is_build_time"][0], "This field is not allowed.");
    assert_eq!(coolify.post(&path, json!({ "key": "1A", "value": "1" })).await.status, 422);
    assert_eq!(coolify.post(&path, json!({ "value": "1" })).await.status, 422);
    let (old, path) = app(Version::V4_1).await;
    assert_eq!(old.post(&path, json!({ "key": "1A", "value": "1" })).await.status, 201);
}

#[tokio::test]
async fn deleting_a_variable_keeps_its_preview_copy() {
    let (coolify, path) = app(Version::V4_3).await;
    let uuid = coolify.uuid(&path, json!({ "key": "A", "value": "1" })).await;
    assert_eq!(coolify.delete(&format!("{path}/{uuid}")).await.status, 200);
    let left = list(&coolify, &path).await;
    assert_eq!((left.len(), &left[0]["is_preview"]), (1, &json!(true)));
    assert_eq!(coolify.delete(&format!("{path}/{uuid}")).await.status, 404);
}
