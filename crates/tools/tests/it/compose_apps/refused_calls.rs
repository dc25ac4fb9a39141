//! Calls that are refused before anything is made.

use covibe_testkit::World;
use serde_json::{Value, json};

use super::{STACK, create_refused};

#[tokio::test(flavor = "multi_thread")]
async fn compose_files_that_reach_the_host_are_refused_with_the_offending_path() {
    let world = World::embedded().await;
    let before = world.coolify.requests().len();
    for (file, path, status) in [
        ("services: {web: {image: x, privileged: true}}", "services.web.privileged", 422),
        ("services: {web: {image: x, ports: ['80:x']}}", "services.web.ports[0]", 422),
        ("services: {web: {image: x, volumes: ['/:/host']}}", "services.web.volumes[0]", 422),
        ("services: {web: {build: .}}", "services.web.build", 422),
        ("services: [", "line 2", 400),
    ] {
        let (told, body) = create_refused(&world.mark.agent, &json!({ "composeRaw": file })).await;
        assert_eq!(told, status, "{file}: {body}");
        assert_eq!(body["details"]["path"], path, "{file}: {body}");
        assert!(body["hint"].is_string(), "{body}");
    }
    assert_eq!(world.coolify.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_create_refuses_calls_without_exactly_one_source() {
    let world = World::embedded().await;
    let before = world.coolify.requests().len();
    let two = json!({ "repo": "a", "composeRaw": STACK });
    for params in [json!({}), two, json!({ "image": "nginx", "repo": "a" })] {
        let (status, body) = create_refused(&world.mark.agent, &params).await;
        assert_eq!(status, 400, "{body}");
        let error = body["error"].as_str().expect("a text");
        assert!(["repo", "image", "composeRaw"].iter().all(|word| error.contains(word)), "{error}");
    }
    let with = |own: &str, value: &str, name: &str, given: Value| {
        let mut params = json!({ own: value });
        params[name] = given;
        params
    };
    for (params, stranger) in [
        (with("composeRaw", STACK, "ports", json!("80")), "ports"),
        (with("composeRaw", STACK, "branch", json!("main")), "branch"),
        (with("composeRaw", STACK, "buildPack", json!("static")), "buildPack"),
        (with("image", "nginx", "composeService", json!("web")), "composeService"),
        (with("image", "nginx", "baseDirectory", json!("/a")), "baseDirectory"),
        (with("image", "nginx", "composeDomains", json!([])), "composeDomains"),
    ] {
        let (status, body) = create_refused(&world.mark.agent, &params).await;
        assert_eq!(status, 400, "{body}");
        let error = body["error"].as_str().expect("a text");
        assert!(error.starts_with(&format!("`{stranger}` can't be combined with")), "{error}");
    }
    assert_eq!(world.coolify.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_variables_are_refused_before_anything_is_sent_to_coolify() {
    let world = World::embedded().await;
    let before = world.coolify.requests().len();
    for (env, status) in [
        (json!({ "key": "lower", "value": "x" }), 400),
        (json!({ "key": "COMPOSE_FILE", "value": "/data/coolify/x" }), 422),
        (json!({ "key": "A", "value": "{{team.SECRET}}" }), 422),
        (json!({ "key": "A", "value": "x'\nCOMPOSE_FILE=/x\nB='" }), 422),
        (json!({ "key": "SERVICE_FQDN_SERVER", "value": "evil.com" }), 422),
        (json!({ "key": "A", "value": "x", "isPreview": true }), 400),
    ] {
        let params = json!({ "composeRaw": STACK, "envs": [{ "key": "OK", "value": "1" }, env] });
        let (told, body) = create_refused(&world.mark.agent, &params).await;
        assert_eq!(told, status, "{env}: {body}");
        assert!(body["hint"].is_string(), "{body}");
    }
    assert_eq!(world.coolify.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_file_of_more_than_256_kib_is_refused() {
    let world = World::embedded().await;
    let padded = |length: usize| {
        let comment = "# ".to_owned() + &"x".repeat(length - STACK.len() - 3) + "\n";
        comment + STACK
    };
    let params =
        |file: String| json!({ "composeRaw": file, "name": "big", "instantDeploy": false });
    let (status, body) = create_refused(&world.mark.agent, &params(padded(256 * 1024 + 1))).await;
    assert_eq!(status, 400, "{body}");
    super::create_app(&world.mark.agent, &params(padded(256 * 1024))).await;
}
