//! Domains of applications.

use covibe_sandbox::coolify::{Options, Version};
use serde_json::{Value, json};

use crate::simulator_client::{Coolify, real_time_options};

#[tokio::test]
async fn domains_are_read_back_as_fqdn() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/applications/{}", coolify.working_app("site").await);
    let domains = "https://Site.mark.vibnai.com, https://api.mark.vibnai.com/v1";
    assert_eq!(coolify.patch(&path, json!({ "domains": domains })).await.status, 200);
    let one = coolify.get(&path).await.json();
    assert_eq!(one["fqdn"], "https://site.mark.vibnai.com,https://api.mark.vibnai.com/v1");
    assert!(one.get("domains").is_none());
    coolify.patch(&path, json!({ "domains": "" })).await;
    assert!(coolify.get(&path).await.json()["fqdn"].is_null());
}

#[tokio::test]
async fn an_application_gets_a_generated_domain_by_default() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let mut body = coolify.app("site");
    body.as_object_mut().unwrap().remove("autogenerate_domain");
    let answer = coolify.post("/applications/public", body).await.json();
    let uuid = answer["uuid"].as_str().unwrap();
    assert_eq!(answer["domains"], format!("http://{uuid}.127.0.0.1.sslip.io"));
}

#[tokio::test]
async fn a_build_server_drops_domains_before_4_2() {
    for version in [Version::Beta473, Version::V4_1] {
        let options = Options { is_build_server: true, version, ..real_time_options() };
        let coolify = Coolify::with(options).await;
        let mut body = coolify.app("site");
        body["domains"] = json!("https://site.mark.vibnai.com");
        let uuid = coolify.uuid("/applications/public", body).await;
        let path = format!("/applications/{uuid}");
        let answer =
            coolify.patch(&path, json!({ "domains": "https://site.mark.vibnai.com" })).await;
        assert_eq!(answer.status, 200);
        assert!(coolify.get(&path).await.json()["fqdn"].is_null());
    }
}

#[tokio::test]
async fn a_build_server_refuses_new_resources_since_4_2() {
    let options = Options { is_build_server: true, version: Version::V4_3, ..real_time_options() };
    let coolify = Coolify::with(options).await;
    let refused = [
        coolify.post("/applications/public", coolify.app("site")).await,
        coolify.post("/databases/redis", coolify.with_place(json!({ "name": "x" }))).await,
        coolify.post("/services", coolify.with_place(json!({ "type": "pocketbase" }))).await,
    ];
    for answer in refused {
        assert_eq!(answer.status, 422);
        assert!(answer.json()["errors"]["server_uuid"][0].is_string());
    }
}

#[tokio::test]
async fn a_domain_conflict_names_the_other_resource() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/applications/{}", coolify.working_app("site").await);
    // Case and a final slash make no difference.
    let mut body =
        json!({ "name": "renamed", "domains": "https://Foreign-app.elsewhere.vibnai.com/" });
    let answer = coolify.patch(&path, body.clone()).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["conflicts"][0]["resource_name"], "foreign-app");
    assert_eq!(coolify.get(&path).await.json()["name"], "site");
    body["force_domain_override"] = json!(true);
    assert_eq!(coolify.patch(&path, body).await.status, 200);
    assert_eq!(coolify.get(&path).await.json()["fqdn"], "https://foreign-app.elsewhere.vibnai.com");
}

#[tokio::test]
async fn another_scheme_port_or_path_of_a_used_host_is_accepted() {
    for version in Version::ALL {
        let coolify = Coolify::on_release(version).await;
        let path = format!("/applications/{}", coolify.working_app("site").await);
        for domains in [
            "http://foreign-app.elsewhere.vibnai.com",
            "https://foreign-app.elsewhere.vibnai.com:3000",
            "https://foreign-app.elsewhere.vibnai.com/v1",
        ] {
            assert_eq!(coolify.patch(&path, json!({ "domains": domains })).await.status, 200);
            assert_eq!(coolify.get(&path).await.json()["fqdn"], domains);
        }
    }
}

#[tokio::test]
async fn invalid_domains_are_refused_with_a_plain_array_of_texts() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/applications/{}", coolify.working_app("site").await);
    let answer = coolify.patch(&path, json!({ "domains": "no url,ftp://a.example.com" })).await;
    assert_eq!(answer.status, 422);
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors[0], "Invalid URL: no url");
    assert!(errors[1].as_str().unwrap().starts_with("Invalid URL scheme: ftp"));
}

#[tokio::test]
async fn compose_domains_require_a_loaded_file_and_are_returned_as_a_string() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/applications/{}", coolify.working_app("site").await);
    coolify.patch(&path, json!({ "build_pack": "dockercompose" })).await;
    let plain = coolify.patch(&path, json!({ "domains": "https://a.mark.vibnai.com" })).await;
    assert!(plain.json()["errors"]["domains"].is_string());
    let body = json!({ "docker_compose_domains": [
        { "name": "app", "domain": "https://a.mark.vibnai.com" },
        { "name": "nobody", "domain": "https://b.mark.vibnai.com" },
    ]});
    assert_eq!(coolify.patch(&path, body.clone()).await.status, 422);
    coolify.deploy_and_wait(path.trim_start_matches("/applications/")).await;
    assert_eq!(coolify.patch(&path, body).await.status, 200);
    let one = coolify.get(&path).await.json();
    let expected = r#"{"app":{"domain":"https://a.mark.vibnai.com"}}"#;
    assert_eq!(one["docker_compose_domains"], expected);
    // An empty array changes nothing.
    coolify.patch(&path, json!({ "docker_compose_domains": [] })).await;
    assert_eq!(coolify.get(&path).await.json()["docker_compose_domains"], expected);
}

#[tokio::test]
async fn compose_domains_replace_the_previous_ones_and_conflict_like_other_domains() {
    for version in Version::ALL {
        let coolify = Coolify::on_release(version).await;
        let uuid = coolify.working_app("site").await;
        let path = format!("/applications/{uuid}");
        coolify.patch(&path, json!({ "build_pack": "dockercompose" })).await;
        coolify.deploy_and_wait(&uuid).await;
        let set = |items: Value| coolify.patch(&path, json!({ "docker_compose_domains": items }));
        let url = "https://a.mark.vibnai.com";
        let taken = "https://foreign-app.elsewhere.vibnai.com";
        let refused = set(json!([{ "name": "app", "domain": taken }])).await;
        assert_eq!(refused.status, 409);
        let twice = set(json!([{ "name": "app", "domain": format!("{url},{url}") }])).await;
        assert!(twice.json()["errors"]["docker_compose_domains"][0].is_string(), "{}", twice.text);
        assert_eq!(set(json!([{ "name": "app", "domain": url }])).await.status, 200);
        let other = format!("/applications/{}", coolify.working_app("other").await);
        let conflict = coolify.patch(&other, json!({ "domains": url })).await;
        assert_eq!(conflict.json()["conflicts"][0]["service_name"], "app");
        // Without a known name nothing changes, and the answer is the same.
        assert_eq!(
            set(json!([{ "name": "nobody", "domain": taken.replace('a', "b") }])).await.status,
            200
        );
        let read = || async { coolify.get(&path).await.json()["docker_compose_domains"].clone() };
        assert_eq!(read().await, format!(r#"{{"app":{{"domain":"{url}"}}}}"#));
        assert_eq!(set(json!([{ "name": "app", "domain": "" }])).await.status, 200);
        assert_eq!(read().await, r#"{"app":{"domain":""}}"#);
    }
}
