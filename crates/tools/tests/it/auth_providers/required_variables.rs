//! Variables that are set before the first start.

use std::time::Duration;

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call, expect_success, make, start_on_release, variable, writes};
use crate::support::{CallStyle, served_on};

const SUPERTOKENS: &str = "supertokens-with-postgresql";

/// A key as SuperTokens takes it.
fn is_key(key: &Value) -> bool {
    let key = key.as_str().unwrap_or_default();
    key.len() >= 20 && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[tokio::test(flavor = "multi_thread")]
async fn supertokens_is_never_started_without_a_key() {
    for version in Version::ALL {
        let world = served_on(version).await;
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            world.coolify.clear_requests();
            let params = json!({ "provider": SUPERTOKENS, "name": format!("core-{number}") });
            let made = expect_success(&world, via, "auth.create", &params).await;
            assert!(is_key(&made["apiKey"]), "{made}");
            let order = [
                "POST /services",
                "PATCH /services/*/envs/bulk",
                "PATCH /services/*/envs/bulk",
                "POST /services/*/start",
            ];
            assert_eq!(writes(&world), order);
            let creation = world.coolify.requests().into_iter().find(|one| one.method == "POST");
            assert_eq!(creation.and_then(|one| one.body).expect("a body")["instant_deploy"], false);
            let kept = variable(&world, &made["uuid"], "API_KEYS").await;
            assert_eq!((&kept["is_literal"], &kept["is_shown_once"]), (&json!(true), &json!(true)));
            match version {
                Version::V4_3 => assert!(kept["value"].is_null(), "{kept}"),
                _ => assert_eq!(kept["value"], made["apiKey"]),
            }
            let key = made["apiKey"].as_str().expect("a text").to_owned();
            let got =
                expect_success(&world, via, "auth.get", &json!({ "uuid": made["uuid"] })).await;
            let listed = expect_success(&world, via, "auth.list", &json!({})).await;
            assert!(!got.to_string().contains(&key) && !listed.to_string().contains(&key));
            assert!(got["next"].as_str().is_some_and(|next| next.contains("shown once")), "{got}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_with_instant_deploy_false_is_not_started() {
    let world = start_on_release(Version::default()).await;
    for provider in [SUPERTOKENS, "logto", "pocketbase"] {
        let params = json!({ "provider": provider, "instantDeploy": false });
        let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
        assert_eq!(made["status"], "exited", "{made}");
    }
    assert!(writes(&world).iter().all(|write| !write.ends_with("/start")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_creation_is_completed_by_the_next_call() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        for (number, (method, path)) in [
            ("POST", "/services$"),
            ("GET", "/services/*$"),
            ("PATCH", "/services/*/envs/bulk$"),
            ("GET", "/services/*/envs$"),
            ("POST", "/services/*/start$"),
        ]
        .into_iter()
        .enumerate()
        {
            for fault in [Name::Status, Name::StatusAfter] {
                let name = format!("core-{number}-{fault:?}").to_lowercase();
                let params = json!({ "provider": SUPERTOKENS, "name": name });
                world.coolify.clear_requests();
                world.coolify.arm(Fault::new(fault).status(500).times(6).on(method, path));
                let told = call(&world, CallStyle::Tool, "auth.create", &params).await;
                world.coolify.disarm();
                if fault == Name::StatusAfter && path == "/services$" {
                    assert!(told.status < 300, "what was stored is finished: {}", told.answer.text);
                    continue;
                }
                assert!(told.status >= 500, "{method} {path} {fault:?}: {}", told.answer.text);
                let started =
                    |writes: Vec<String>| writes.iter().any(|one| one.ends_with("/start"));
                assert_eq!(started(writes(&world)), path.ends_with("/start$"), "{method} {path}");
                let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
                let kept = variable(&world, &made["uuid"], "API_KEYS").await;
                if version < Version::V4_3 {
                    assert_eq!(kept["value"], made["apiKey"], "{method} {path} {fault:?}");
                }
                assert!(is_key(&made["apiKey"]) && kept["is_shown_once"] == true);
                let all = world.coolify.names(Collection::Services);
                assert_eq!(all.iter().filter(|each| **each == name).count(), 1, "{method} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn supertokens_with_a_lost_key_is_restarted_with_the_new_one() {
    let world = start_on_release(Version::default()).await;
    let params = json!({ "provider": SUPERTOKENS, "name": "core" });
    world.coolify.arm(Fault::new(Name::StatusAfter).status(500).on("POST", "/services/*/start$"));
    assert!(call(&world, CallStyle::Tool, "auth.create", &params).await.status >= 500);
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.coolify.clear_requests();
    let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
    assert!(is_key(&made["apiKey"]));
    // Coolify tells that it is exited until it looks, and a start creates its containers anew.
    let last = writes(&world).last().cloned().unwrap_or_default();
    assert!(last.starts_with("POST /services/*/") && last.ends_with("start"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_before_the_key_is_set_has_not_started_supertokens() {
    let deadline = Duration::from_secs(2);
    let options = Options::default().with_deadline(deadline);
    let world = World::start(options).await.expect("SQLite is built in");
    let params = json!({ "provider": SUPERTOKENS, "name": "core" });
    let path = "/services/*/envs/bulk$";
    world.coolify.arm(Fault::new(Name::Hang).on("PATCH", path));
    let instance = world.instance();
    let (agent, wanted) = (instance.agent(&world.mark), params.clone());
    let asked = tokio::spawn(async move { agent.compact_raw("auth.create", &wanted).await });
    while !writes(&world).iter().any(|write| write.starts_with("PATCH /services")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    instance.kill();
    asked.abort();
    assert!(writes(&world).iter().all(|write| !write.ends_with("/start")));
    let made = patient(&world, &params).await;
    assert!(is_key(&made["apiKey"]), "{made}");
    assert_eq!(variable(&world, &made["uuid"], "API_KEYS").await["is_shown_once"], true);
    let all = world.coolify.names(Collection::Services);
    assert_eq!(all.iter().filter(|each| *each == "core").count(), 1);
}

/// Asks again as long as the killed server's claim stands.
async fn patient(world: &World, params: &Value) -> Value {
    for _ in 0..100 {
        let told = call(world, CallStyle::Tool, "auth.create", params).await;
        if told.status != 409 {
            return told.result("auth.create");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the claim does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn logtos_endpoints_are_set_before_it_can_be_started() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let made = make(&world, "logto", "login").await;
        let (main, admin) =
            ("https://login.mark.vibnai.com", "https://login-admin.mark.vibnai.com");
        assert_eq!((&made["url"], &made["adminUrl"]), (&json!(main), &json!(admin)));
        assert_eq!(
            made["domains"],
            json!(["login.mark.vibnai.com", "login-admin.mark.vibnai.com"])
        );
        for (key, value) in [("LOGTO_ENDPOINT", main), ("LOGTO_ADMIN_ENDPOINT", admin)] {
            assert_eq!(variable(&world, &made["uuid"], key).await["value"], value, "{key}");
        }
        assert!(
            writes(&world).ends_with(&[
                "POST /services".to_owned(),
                "PATCH /services/*/envs/bulk".to_owned()
            ])
        );
        let requests = world.coolify.requests();
        let creation =
            requests.iter().find(|one| one.path.ends_with("/services") && one.method == "POST");
        let urls = creation.and_then(|one| one.body.clone()).expect("a body")["urls"].clone();
        assert_eq!(urls, json!([{ "name": "logto", "url": format!("{main}:3001,{admin}:3002") }]));
        assert!(made["next"].as_str().is_some_and(|next| next.contains(admin)), "{made}");
    }
}
