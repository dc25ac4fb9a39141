//! Creating, changing and deleting applications.

use covibe_sandbox::coolify::{Collection, Version};
use serde_json::json;

use super::private_keys::KEY;
use crate::simulator_client::{Coolify, PACE, paused_options};

const WITH_TOKEN: &str =
    "https://mark-bot:0123456789abcdef0123456789abcdef01234567@git.example.com/vibn-mark/site.git";

#[tokio::test]
async fn a_public_application_is_stored_without_its_git_host_up_to_4_1() {
    for (version, stored) in [
        (Version::Beta473, "vibn-mark/site.git"),
        (Version::V4_1, "vibn-mark/site.git"),
        (Version::V4_3, WITH_TOKEN),
    ] {
        let coolify = Coolify::on_release(version).await;
        let mut body = coolify.app("site");
        body["git_repository"] = json!(WITH_TOKEN);
        let uuid = coolify.uuid("/applications/public", body).await;
        let path = format!("/applications/{uuid}");
        assert_eq!(coolify.get(&path).await.json()["git_repository"], stored, "{version:?}");
        // A PATCH stores it as it is, and every answer shows it.
        coolify.patch(&path, json!({ "git_repository": WITH_TOKEN })).await;
        let list = coolify.get("/applications").await.json();
        assert_eq!(list[1]["git_repository"], WITH_TOKEN);
    }
}

#[tokio::test]
async fn since_4_3_only_github_repositories_are_stored_without_their_host() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let mut body = coolify.app("site");
    body["git_repository"] = json!("https://github.com/octo/site");
    let uuid = coolify.uuid("/applications/public", body).await;
    let one = coolify.get(&format!("/applications/{uuid}")).await.json();
    assert_eq!(one["git_repository"], "octo/site");
}

#[tokio::test]
async fn an_application_with_a_deploy_key_is_stored_with_its_whole_git_url() {
    let coolify = Coolify::on_release(Version::Beta473).await;
    let key = coolify.uuid("/security/keys", json!({ "private_key": KEY })).await;
    let mut body = coolify.app("site");
    body["git_repository"] = json!("git@git.example.com:2222/vibn-mark/site.git");
    body["private_key_uuid"] = json!(key);
    let uuid = coolify.uuid("/applications/private-deploy-key", body.clone()).await;
    let one = coolify.get(&format!("/applications/{uuid}")).await.json();
    assert_eq!(one["git_repository"], body["git_repository"]);
    assert!(one["private_key_id"].is_i64());
    body["private_key_uuid"] = json!("aaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!(coolify.post("/applications/private-deploy-key", body).await.status, 404);
}

#[tokio::test]
async fn creations_refuse_internal_git_hosts_and_unknown_schemes() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for bad in [
        "ssh://git@git.example.com/a/b.git",
        "http://127.0.0.1:3000/a/b.git",
        "https://localhost/a/b",
        "a/b",
    ] {
        let mut body = coolify.app("site");
        body["git_repository"] = json!(bad);
        let answer = coolify.post("/applications/public", body).await;
        assert_eq!(answer.status, 422, "{bad}");
        assert!(answer.json()["errors"]["git_repository"][0].is_string());
    }
    assert_eq!(coolify.simulator.names(Collection::Applications), ["foreign-app"]);
}

#[tokio::test]
async fn creations_require_exposed_ports_before_4_1_2() {
    for (version, status) in [(Version::Beta473, 422), (Version::V4_1, 201), (Version::V4_3, 201)] {
        let coolify = Coolify::on_release(version).await;
        let mut body = coolify.app("site");
        body.as_object_mut().unwrap().remove("ports_exposes");
        assert_eq!(coolify.post("/applications/public", body).await.status, status, "{version:?}");
        let image = coolify.with_place(json!({ "docker_registry_image_name": "nginx" }));
        assert_eq!(
            coolify.post("/applications/dockerimage", image).await.status,
            status,
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn image_references_are_split_into_name_and_tag() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let hash = "a".repeat(64);
    for (given, name, tag) in [
        ("nginx".to_owned(), "nginx", "latest"),
        ("localhost:5000/x/y:1.2".to_owned(), "localhost:5000/x/y", "1.2"),
        (format!("ghcr.io/x/y@sha256:{hash}"), "ghcr.io/x/y@sha256", hash.as_str()),
    ] {
        let body = coolify
            .with_place(json!({ "docker_registry_image_name": given, "ports_exposes": "80" }));
        let uuid = coolify.uuid("/applications/dockerimage", body).await;
        let one = coolify.get(&format!("/applications/{uuid}")).await.json();
        assert_eq!(one["docker_registry_image_name"], name);
        assert_eq!(one["docker_registry_image_tag"], tag);
        assert_eq!(
            (&one["build_pack"], &one["git_repository"]),
            (&json!("dockerimage"), &json!("coollabsio/coolify"))
        );
    }
}

#[tokio::test]
async fn creations_with_unknown_fields_are_refused() {
    let coolify = Coolify::on_release(Version::V4_1).await;
    for (field, value) in
        [("fqdn", json!("https://a.b")), ("colour", json!("red")), ("tags", json!(["new"]))]
    {
        let mut body = coolify.app("site");
        body[field] = value;
        let answer = coolify.post("/applications/public", body).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["errors"], json!({ field: ["This field is not allowed."] }));
    }
}

#[tokio::test]
async fn an_unknown_project_server_or_environment_is_refused() {
    let coolify = Coolify::on_release(Version::V4_1).await;
    for (field, status) in [("project_uuid", 404), ("server_uuid", 404), ("environment_name", 404)]
    {
        let mut body = coolify.app("site");
        body[field] = json!("missing");
        assert_eq!(coolify.post("/applications/public", body).await.status, status, "{field}");
    }
    let mut body = coolify.app("site");
    body.as_object_mut().unwrap().remove("environment_name");
    let answer = coolify.post("/applications/public", body).await;
    assert_eq!((answer.status, answer.json().get("errors")), (422, None));
}

#[tokio::test]
async fn a_patch_refuses_fields_that_only_a_creation_accepts() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let uuid = coolify.working_app("site").await;
    let path = format!("/applications/{uuid}");
    for field in [
        "server_uuid",
        "project_uuid",
        "environment_name",
        "private_key_uuid",
        "autogenerate_domain",
        "fqdn",
    ] {
        let answer = coolify.patch(&path, json!({ field: "x", "name": "changed" })).await;
        assert_eq!(answer.status, 422, "{field}");
    }
    assert_eq!(coolify.get(&path).await.json()["name"], "site");
    assert_eq!(coolify.patch("/applications/missing", json!({ "name": "x" })).await.status, 404);
}

#[tokio::test]
async fn a_patch_refuses_values_of_the_wrong_type() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/applications/{}", coolify.working_app("site").await);
    let ports = coolify.patch(&path, json!({ "ports_exposes": "web" })).await;
    assert!(ports.json()["errors"]["ports_exposes"].is_string(), "shape b: {}", ports.text);
    let wrong = coolify.patch(&path, json!({ "is_static": "maybe" })).await;
    assert_eq!(
        wrong.json()["errors"]["is_static"][0],
        "The is static field must be true or false."
    );
}

#[tokio::test]
async fn answers_contain_the_environments_id_but_not_the_applications_own() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let uuid = coolify.working_app("site").await;
    let project = coolify.get(&format!("/projects/{}", coolify.project)).await.json();
    for one in [
        coolify.get(&format!("/applications/{uuid}")).await.json(),
        coolify.get("/applications").await.json()[1].clone(),
    ] {
        assert_eq!(one["environment_id"], project["environments"][0]["id"]);
        assert!(
            one.get("id").is_none()
                && one.get("project_uuid").is_none()
                && one.get("domains").is_none()
        );
        assert_eq!(one["status"], "exited:unhealthy");
    }
}

#[tokio::test]
async fn a_deleted_application_is_listed_until_its_deletion_job_is_done() {
    let coolify = Coolify::with(paused_options()).await;
    let path = format!("/applications/{}", coolify.working_app("site").await);
    let answer = coolify.delete(&path).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "message": "Application deletion request queued." }))
    );
    assert_eq!(coolify.get(&path).await.status, 200);
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.get(&path).await.status, 404);
}
