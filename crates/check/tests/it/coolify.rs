//! Coolify: its version, the rights of the token, and its server.

use covibe_check::Status;
use covibe_sandbox::coolify::Abilities;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit_http::{Options, World};
use serde_json::json;

use crate::{check, failures, names};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_fails_the_check_named_after_it() {
    let world = World::embedded().await;
    for (method, path, status, name) in [
        ("POST", "/deploy", 403, "coolify.deploy"),
        ("POST", "/projects", 403, "coolify.write"),
        ("GET", "/servers$", 403, "coolify.read"),
        ("GET", "/user$", 403, "gitea.admin"),
        ("POST", "/users/*/tokens$", 401, "gitea.provisioning"),
    ] {
        let ability = name.rsplit('.').next().unwrap_or_default();
        let body = json!({ "message": format!("Missing required permissions: {ability}") });
        let fault = Fault::new(Name::Status).status(status).body(body).times(u32::MAX);
        let fault = fault.on(method, path);
        let simulator = if name.starts_with("gitea") { &world.gitea } else { &world.coolify };
        simulator.arm(fault);
        let lacking = check(&world).await;
        simulator.disarm();
        assert!(names(&lacking, Status::Fail).contains(&name), "{name}: {lacking:?}");
    }
    let mut options = Options::default();
    options.coolify.is_build_server = true;
    let world = World::start(options).await.expect("SQLite is built in");
    assert_eq!(names(&check(&world).await, Status::Fail), ["coolify.build_server"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cause_of_a_coolify_refusal_has_its_own_remedy() {
    let world = World::embedded().await;
    for (status, body, expected) in [
        (403, json!({ "message": "API is disabled." }), "enable API access"),
        (403, json!({ "message": "You are not allowed to access the API." }), "allowed IPs"),
        (401, json!({ "message": "Unauthenticated." }), "credentials rejected"),
    ] {
        let fault = Fault::new(Name::Status).status(status).body(body).times(u32::MAX);
        world.coolify.arm(fault.on("GET", "/"));
        let told = failures(&check(&world).await);
        world.coolify.disarm();
        assert!(told.contains(expected), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_token_abilities_and_an_old_coolify_fail_by_name() {
    let mut options = Options::default();
    let granted = options.coolify.abilities.clone();
    options.coolify.told_version = Some("4.0.0-beta.460".to_owned());
    let world = World::start(options).await.expect("SQLite is built in");
    granted.set(Abilities { deploy: false, read_sensitive: false, ..Abilities::ALL });
    let failed = check(&world).await;
    let names = names(&failed, Status::Fail);
    assert_eq!(names, ["coolify.version", "coolify.deploy", "coolify.read_sensitive"]);
    assert!(failures(&failed).contains("4.0.0-beta.461 is the oldest"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_destination_fails_with_a_hint_at_the_setting() {
    let world = World::embedded().await;
    let servers = world.operator().coolify_list("/servers").await;
    let path = format!("/servers/{}/destinations", servers[0]["uuid"].as_str().expect("a uuid"));
    let second = json!({ "name": "second", "network": "second" });
    world.operator().coolify("POST", &path, &second).await;
    let failed = check(&world).await;
    assert_eq!(names(&failed, Status::Fail), ["coolify.destination"]);
    assert!(failures(&failed).contains("COOLIFY_DESTINATION_UUID"), "{failed:?}");
}
