//! Variables of services.

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use crate::simulator_client::Coolify;

async fn service(version: Version, kind: &str) -> (Coolify, String) {
    let coolify = Coolify::on_release(version).await;
    let uuid = coolify.uuid("/services", coolify.with_place(json!({ "type": kind }))).await;
    (coolify, format!("/services/{uuid}/envs"))
}

async fn list(coolify: &Coolify, path: &str) -> Vec<Value> {
    coolify.get(path).await.json().as_array().unwrap().clone()
}

fn keys(envs: &[Value]) -> Vec<&str> {
    envs.iter().map(|env| env["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_service_from_a_template_has_the_variables_of_its_file() {
    let (coolify, path) = service(Version::V4_3, "supertokens-with-postgresql").await;
    let envs = list(&coolify, &path).await;
    for key in [
        "SERVICE_URL_SUPERTOKENS",
        "SERVICE_FQDN_SUPERTOKENS_3567",
        "SERVICE_PASSWORD_POSTGRESQL",
        "API_KEYS",
    ] {
        assert!(keys(&envs).contains(&key), "{key}");
    }
    let open = envs.iter().find(|env| env["key"] == "API_KEYS").unwrap();
    assert_eq!((&open["value"], &open["is_preview"]), (&json!(""), &json!(false)));
}

#[tokio::test]
async fn the_url_variable_of_a_service_changes_only_when_its_file_is_parsed_again() {
    let (coolify, path) = service(Version::V4_3, "keycloak").await;
    let service = path.trim_end_matches("/envs").to_owned();
    let url = "https://auth.mark.vibnai.com:8080";
    let shown = || async {
        let envs = list(&coolify, &path).await;
        envs.iter().find(|env| env["key"] == "SERVICE_URL_KEYCLOAK").unwrap()["value"].clone()
    };
    let old = shown().await;
    coolify.patch(&service, json!({ "urls": [{ "name": "keycloak", "url": url }] })).await;
    assert_eq!(shown().await, old);
    coolify.patch(&service, json!({ "name": "auth" })).await;
    assert_eq!(shown().await, "https://auth.mark.vibnai.com");
}

#[tokio::test]
async fn creating_a_variable_returns_it_and_ignores_unknown_fields() {
    for version in Version::ALL {
        let (coolify, path) = service(version, "pocketbase").await;
        let before = list(&coolify, &path).await.len();
        let body = json!({ "key": "A", "value": " 1 ", "is_literal": true, "colour": "red", "is_shown_once": true });
        let created = coolify.post(&path, body.clone()).await;
        assert_eq!(created.status, 201);
        let env = created.json();
        assert_eq!((&env["key"], &env["is_literal"]), (&json!("A"), &json!(true)));
        assert_eq!(env.get("value").is_none(), version == Version::V4_3, "shown once");
        assert!(env.get("colour").is_none());
        assert_eq!(coolify.post(&path, body).await.status, 409);
        assert_eq!(list(&coolify, &path).await.len(), before + 1, "there are no copies");
        let uuid = env["uuid"].as_str().unwrap();
        assert_eq!(coolify.delete(&format!("{path}/{uuid}")).await.status, 200);
        assert_eq!(coolify.delete(&format!("{path}/{uuid}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_patch_of_a_service_variable_keeps_omitted_flags() {
    let (coolify, path) = service(Version::V4_1, "pocketbase").await;
    coolify
        .post(&path, json!({ "key": "A", "value": "1", "is_literal": true, "comment": "c" }))
        .await;
    let env = coolify.patch(&path, json!({ "key": "A", "value": "2" })).await.json();
    assert_eq!(
        (&env["value"], &env["is_literal"], &env["comment"]),
        (&json!("2"), &json!(true), &json!("c"))
    );
    let env = coolify.patch(&path, json!({ "key": "A" })).await.json();
    assert_eq!(env["value"], Value::Null);
    assert_eq!(coolify.patch(&path, json!({ "key": "B", "value": "2" })).await.status, 404);
}

#[tokio::test]
async fn a_bulk_write_of_service_variables_stores_unchecked_fields() {
    let (coolify, path) = service(Version::V4_3, "pocketbase").await;
    let at = format!("{path}/bulk");
    let bulk = |data: Value| coolify.patch(&at, json!({ "data": data }));
    let written = bulk(json!([{ "key": "A", "value": "1", "is_preview": true, "is_buildtime": false, "colour": 1 }])).await;
    assert_eq!(written.status, 201);
    let env = &written.json()[0];
    assert_eq!((&env["is_preview"], &env["is_buildtime"]), (&json!(true), &json!(false)));
    let stopped = bulk(json!([{ "key": "B", "value": "1" }, { "key": "not a key!" }, { "key": "C", "value": "1" }])).await;
    assert_eq!(stopped.status, 422);
    let envs = list(&coolify, &path).await;
    assert!(keys(&envs).contains(&"B") && !keys(&envs).contains(&"C"));
    let again = bulk(json!([{ "key": "A", "value": "2" }])).await.json();
    assert_eq!((&again[0]["value"], &again[0]["is_preview"]), (&json!("2"), &json!(true)));
    assert_eq!(bulk(json!([])).await.status, 400);
    assert_eq!(coolify.get("/services/missing/envs").await.status, 404);
}
