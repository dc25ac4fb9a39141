//! Services from templates and from compose files.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use serde_json::{Value, json};

use crate::simulator_client::Coolify;

const FILE: &str = "services:\n  web:\n    image: nginx:1\n  db:\n    image: postgres:16\n";

#[tokio::test]
async fn a_service_from_a_template_has_containers_and_generated_domains() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let body = coolify.with_place(json!({ "type": "keycloak-with-postgres", "name": "auth" }));
    let created = coolify.post("/services", body).await;
    assert_eq!(created.status, 201);
    let uuid = created.json()["uuid"].as_str().unwrap().to_owned();
    let url = format!("http://keycloak-{uuid}.127.0.0.1.sslip.io:8080");
    assert_eq!(created.json()["domains"], json!([url]));
    let one = coolify.get(&format!("/services/{uuid}")).await.json();
    assert_eq!(
        (&one["applications"][0]["fqdn"], &one["databases"][0]["name"]),
        (&json!(url), &json!("postgres"))
    );
    assert!(one["applications"][0]["id"].is_i64() && one.get("id").is_none());
    let listed = coolify.get("/services").await.json()[1].clone();
    assert_eq!(
        (&listed["service_type"], listed.get("applications")),
        (&json!("keycloak-with-postgres"), None)
    );
}

#[tokio::test]
async fn a_service_can_be_created_from_every_auth_template() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for kind in [
        "pocketbase",
        "authentik",
        "keycloak",
        "keycloak-with-postgres",
        "pocket-id",
        "pocket-id-with-postgresql",
        "logto",
        "supertokens-with-postgresql",
    ] {
        coolify.uuid("/services", coolify.with_place(json!({ "type": kind }))).await;
    }
    let unknown = coolify.post("/services", coolify.with_place(json!({ "type": "zitadel" }))).await;
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.json()["valid_service_types"].as_array().unwrap().contains(&json!("pocketbase"))
    );
}

#[tokio::test]
async fn a_compose_file_must_be_canonical_base64() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let post = |raw: String| {
        coolify.post("/services", coolify.with_place(json!({ "docker_compose_raw": raw })))
    };
    let unpadded = STANDARD.encode("services: {a: {image: x}}");
    assert!(unpadded.ends_with('='));
    for bad in
        [FILE.to_owned(), STANDARD_NO_PAD.encode("services: {a: {image: x}}"), "%".to_owned()]
    {
        let answer = post(bad).await;
        assert_eq!(answer.status, 422);
        assert!(answer.json()["errors"]["docker_compose_raw"].is_string());
    }
}

#[tokio::test]
async fn invalid_compose_files_are_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let post = |raw: String| {
        coolify.post("/services", coolify.with_place(json!({ "docker_compose_raw": raw })))
    };
    // Coolify does not catch the exception of its YAML parser.
    assert_eq!(post(STANDARD.encode("services: [")).await.status, 500);
    for refused in ["no services\n", "services:\n  web:\n    image: nginx:$(id)\n"] {
        let answer = post(STANDARD.encode(refused)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.json()["errors"]["docker_compose_raw"].is_string());
    }
    assert_eq!(coolify.simulator.count(Collection::Services), 1);
}

#[tokio::test]
async fn a_compose_file_with_a_trailing_newline_is_accepted_and_yields_containers() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let post = |raw: String| {
        coolify.post("/services", coolify.with_place(json!({ "docker_compose_raw": raw })))
    };
    // Laravel trims texts.
    let good = post(STANDARD.encode(FILE) + "\n").await;
    let path = format!("/services/{}", good.json()["uuid"].as_str().unwrap());
    let one = coolify.get(&path).await.json();
    assert_eq!(
        (&one["applications"][0]["name"], &one["databases"][0]["name"]),
        (&json!("web"), &json!("db"))
    );
    assert_eq!(coolify.simulator.count(Collection::Services), 2);
}

#[tokio::test]
async fn a_service_needs_either_a_template_or_a_compose_file() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let both = json!({ "type": "pocketbase", "docker_compose_raw": STANDARD.encode(FILE) });
    let answer = coolify.post("/services", coolify.with_place(both)).await;
    assert_eq!((answer.status, answer.json().get("errors")), (422, None));
    assert_eq!(
        coolify.post("/services", coolify.with_place(json!({ "name": "x" }))).await.status,
        422
    );
}

#[tokio::test]
async fn a_creation_refuses_fields_that_only_a_patch_accepts() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let refused = json!({ "type": "pocketbase", "connect_to_docker_network": true });
    let answer = coolify.post("/services", coolify.with_place(refused)).await;
    assert_eq!(
        answer.json()["errors"],
        json!({ "connect_to_docker_network": ["This field is not allowed."] })
    );
}

async fn with_urls(coolify: &Coolify, urls: Value) -> crate::simulator_client::HttpAnswer {
    coolify.post("/services", coolify.with_place(json!({ "type": "logto", "urls": urls }))).await
}

#[tokio::test]
async fn urls_of_a_service_are_set_by_container_and_invalid_ones_refuse_the_creation() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let url = "https://auth.mark.vibnai.com:3001";
    for (name, url, status) in [
        ("nobody", url, 422),
        ("postgres", url, 422),
        ("logto", "no url", 422),
        ("logto", "https://foreign-app.elsewhere.vibnai.com", 409),
    ] {
        let answer = with_urls(&coolify, json!([{ "name": name, "url": url }])).await;
        assert_eq!(answer.status, status, "{name} {url}");
    }
    assert_eq!(coolify.simulator.count(Collection::Services), 1);
    let created = with_urls(&coolify, json!([{ "name": "logto", "url": url }])).await.json();
    assert_eq!(created["domains"], json!([url]));
    let path = format!("/services/{}", created["uuid"].as_str().unwrap());
    let cleared = coolify.patch(&path, json!({ "urls": [{ "name": "logto", "url": "" }] })).await;
    assert_eq!((cleared.status, &cleared.json()["domains"]), (200, &json!([])));
}

#[tokio::test]
async fn a_patch_stores_the_name_although_its_urls_are_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!(
        "/services/{}",
        coolify
            .uuid("/services", coolify.with_place(json!({ "type": "logto", "name": "a" })))
            .await
    );
    let taken = json!({ "name": "b", "urls": [{ "name": "logto", "url": "https://foreign-app.elsewhere.vibnai.com" }] });
    assert_eq!(coolify.patch(&path, taken).await.status, 409);
    assert_eq!(coolify.get(&path).await.json()["name"], "b");
    assert_eq!(coolify.delete(&format!("{path}?delete_volumes=false")).await.status, 200);
}

#[tokio::test]
async fn the_compose_route_of_applications_creates_services_only_before_4_1() {
    let body = json!({ "docker_compose_raw": STANDARD.encode(FILE), "name": "stack" });
    for (version, status) in [(Version::Beta473, 201), (Version::V4_1, 404)] {
        let coolify = Coolify::on_release(version).await;
        let answer =
            coolify.post("/applications/dockercompose", coolify.with_place(body.clone())).await;
        assert_eq!(answer.status, status);
        assert_eq!(
            coolify.simulator.names(Collection::Services).contains(&"stack".to_owned()),
            status == 201
        );
    }
}

#[tokio::test]
async fn a_partly_created_service_gets_its_urls_only_with_the_second_patch() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    coolify.simulator.arm(Fault::new(Name::BreakOff).on("POST", "/services$"));
    let urls = json!([{ "name": "web", "url": "https://a.example.org" }]);
    let file = STANDARD.encode(FILE);
    let body =
        coolify.with_place(json!({ "docker_compose_raw": file, "name": "half", "urls": urls }));
    assert_eq!(coolify.post("/services", body).await.status, 500);
    let listed = coolify.get("/services").await.json();
    let half = listed.as_array().unwrap().iter().find(|one| one["name"] == "half").unwrap().clone();
    let path = format!("/services/{}", half["uuid"].as_str().unwrap());
    let change = json!({ "docker_compose_raw": file, "urls": urls });
    assert_eq!(coolify.patch(&path, change.clone()).await.status, 422);
    assert_eq!(coolify.get(&path).await.json()["applications"][0]["fqdn"], Value::Null);
    let second = coolify.patch(&path, change).await;
    assert_eq!(
        (second.status, &second.json()["domains"]),
        (200, &json!(["https://a.example.org"]))
    );
}

#[tokio::test]
async fn a_variable_value_with_an_invalid_dollar_prevents_a_service_from_starting() {
    for (value, status) in [("plain", "running:unknown"), ("a$1b", "exited")] {
        let coolify = Coolify::on_release(Version::V4_3).await;
        let raw = STANDARD.encode("services: {web: {image: x, environment: {A: '${KEY:-d}'}}}");
        let uuid = coolify
            .uuid("/services", coolify.with_place(json!({ "docker_compose_raw": raw })))
            .await;
        let env = json!({ "key": "KEY", "value": value, "is_literal": true });
        assert_eq!(coolify.patch(&format!("/services/{uuid}/envs"), env).await.status, 201);
        coolify.post(&format!("/services/{uuid}/start"), json!({})).await;
        coolify.simulator.advance(coolify.pace * 600);
        let one = coolify.get(&format!("/services/{uuid}")).await.json();
        assert_eq!(one["status"], status, "{value}");
        let generated = one["docker_compose"].as_str().unwrap();
        assert!(generated.contains(&format!("KEY: {value}")), "as it is stored: {generated}");
    }
}

#[tokio::test]
async fn contents_of_bind_mounted_files_are_stored_as_file_storages() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let file = "services: {web: {image: x, volumes: [{type: bind, source: ./a.conf, target: /a, \
                content: text}, './b:/b']}}";
    let raw = STANDARD.encode(file);
    let uuid =
        coolify.uuid("/services", coolify.with_place(json!({ "docker_compose_raw": raw }))).await;
    let one = coolify.get(&format!("/services/{uuid}")).await.json();
    assert!(!one["docker_compose_raw"].as_str().unwrap().contains("text"), "{one}");
    for _ in 0..2 {
        let storages = coolify.get(&format!("/services/{uuid}/storages")).await.json();
        let files = &storages["file_storages"];
        assert_eq!(
            (&files[0]["content"], &files[0]["is_directory"]),
            (&json!("text"), &json!(false))
        );
        assert_eq!((&files[1]["content"], &files[1]["is_directory"]), (&Value::Null, &json!(true)));
        assert_eq!(files[0]["resource_uuid"], one["applications"][0]["uuid"]);
        let raw = STANDARD.encode("services: {web: {image: x}}");
        let patch = json!({ "docker_compose_raw": raw });
        assert_eq!(coolify.patch(&format!("/services/{uuid}"), patch).await.status, 200);
    }
}

/// Creates a service of a file. Returns its path.
async fn of_file(coolify: &Coolify, file: &str) -> String {
    let raw = STANDARD.encode(file);
    let uuid =
        coolify.uuid("/services", coolify.with_place(json!({ "docker_compose_raw": raw }))).await;
    format!("/services/{uuid}")
}

#[tokio::test]
async fn limits_that_docker_compose_refuses_prevent_a_service_from_starting() {
    for (limits, status) in [
        ("deploy: {resources: {limits: {memory: 512M, pids: 9}}}", "running:unknown"),
        ("pids_limit: 9, deploy: {resources: {limits: {memory: 512M}}}", "exited"),
    ] {
        let coolify = Coolify::on_release(Version::V4_3).await;
        let path = of_file(&coolify, &format!("services: {{web: {{image: x, {limits}}}}}")).await;
        coolify.post(&format!("{path}/start"), json!({})).await;
        coolify.simulator.advance(coolify.pace * 600);
        assert_eq!(coolify.get(&path).await.json()["status"], status, "{limits}");
        let containers = coolify.simulator.names(Collection::Containers);
        let has_container = containers.iter().any(|name| name.starts_with("web-"));
        assert_eq!(has_container, status != "exited", "{containers:?}");
    }
}

#[tokio::test]
async fn changing_a_removed_container_writes_its_image_back_into_the_file() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path =
        of_file(&coolify, "services: {web: {image: 'x:1'}, old: {image: 'y:1', mem_limit: 1g}}")
            .await;
    let raw = STANDARD.encode("services: {web: {image: 'x:2'}}");
    coolify.patch(&path, json!({ "docker_compose_raw": raw })).await;
    let one = coolify.get(&path).await.json();
    let parts = one["applications"].as_array().unwrap().iter();
    for part in parts {
        let part = format!("{path}/applications/{}", part["uuid"].as_str().unwrap());
        let answer = coolify.patch(&part, json!({ "exclude_from_status": true })).await;
        assert_eq!(answer.status, 200);
    }
    let one = coolify.get(&path).await.json();
    let stored = one["docker_compose_raw"].as_str().unwrap();
    assert_eq!(stored, "services:\n  web:\n    image: 'x:2'\n  old:\n    image: 'y:1'\n");
    assert!(!one["docker_compose"].as_str().unwrap().contains("y:1"), "it is not parsed yet");
}
