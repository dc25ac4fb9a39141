//! Secrets, and the preview copies in which they would stay readable.

use covibe_sandbox::coolify::Version;
use covibe_testkit::World;
use serde_json::json;

use super::{Bench, start_on_release};

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_and_its_preview_twin_are_never_shown() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let bench = Bench::image(&world, "image").await;
        // It was none before, so that its copy has a value and no flag.
        bench.set(json!({ "key": "S", "value": "hunter-1" })).await;
        bench.set(json!({ "key": "S", "value": "hunter-2", "isShownOnce": true })).await;
        let listed = bench.list_variable("S").await;
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert!(listed.iter().all(|env| env.get("value").is_none()), "{listed:?}");
        for held in bench.stored_variable("S").await {
            assert_eq!(held["is_shown_once"], true, "{held}");
            assert_eq!(held["is_buildtime"], false, "it does not get into an image's layers");
            assert!(!held.to_string().contains("hunter-1"), "{held}");
        }
        // It is rotated, without its flag being told again.
        bench.set(json!({ "key": "S", "value": "hunter-3" })).await;
        for held in bench.stored_variable("S").await {
            assert_eq!(held["is_shown_once"], true, "{held}");
            assert!(!held.to_string().contains("hunter-2"), "{held}");
        }
        assert!(bench.list_variable("S").await.iter().all(|env| env.get("value").is_none()));
        // It is one no more: both are written.
        bench.set(json!({ "key": "S", "value": "known", "isShownOnce": false })).await;
        for env in bench.list_variable("S").await {
            assert_eq!(env["value"], "known", "{env}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_secret_needs_a_deployment() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
            let secret = |value: &str| json!({ "key": "S", "value": value, "isShownOnce": true });
            for value in ["hunter-1", "hunter-2"] {
                let answer = bench.set(secret(value)).await;
                assert_eq!(answer["needsDeploy"], true, "{version:?}: {answer}");
            }
            // Its flag is not told again.
            let answer = bench.set(json!({ "key": "S", "value": "x" })).await;
            assert_eq!(answer["needsDeploy"], true, "{version:?}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_variable_is_changed_independently_of_the_live_one() {
    let world = World::embedded().await;
    let bench = Bench::image(&world, "image").await;
    bench
        .set(json!({ "envs": [
            { "key": "A", "value": "live", "isShownOnce": true },
            { "key": "A", "value": "trial", "isPreview": true, "isShownOnce": true },
        ] }))
        .await;
    let stack = Bench::stack(&world, "stack").await;
    let (status, body) =
        stack.fail("apps.envs.upsert", json!({ "key": "A", "value": "", "isPreview": true })).await;
    assert_eq!(status, 400, "{body}");
    bench
        .set(json!({ "key": "A", "value": "trial-2", "isPreview": true, "isShownOnce": false }))
        .await;
    let held = bench.stored_variable("A").await;
    assert_eq!(held[0]["is_shown_once"], true);
    assert_eq!((&held[1]["value"], &held[1]["is_preview"]), (&json!("trial-2"), &json!(true)));
    let listed = bench.list_variable("A").await;
    assert!(listed.iter().all(|env| env.get("value").is_none()), "one of the two is secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_key_gets_names_of_variables_without_values() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let key = agent.json("POST", "/api/workspaces/mark/keys", &json!({ "access": "read" })).await;
    let reader = agent.with_key(key.json()["token"].as_str());
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        let url = "postgres://postgres:hunter-1@db:5432/shop";
        bench
            .set(json!({ "envs": [{ "key": "DATABASE_URL", "value": url },
            { "key": "LOG_LEVEL", "value": "info" }] }))
            .await;
        let params = json!({ "uuid": bench.app });
        for (agent, is_shown) in [(agent, true), (&reader, false)] {
            let listed = agent.compact("apps.envs.list", &params).await.expect("a list");
            let envs = listed["envs"].as_array().expect("a list");
            let has_value = |key: &str| {
                let found: Vec<_> = envs.iter().filter(|env| env["key"] == key).collect();
                let has_value = found.iter().all(|env| env.get("value").is_some());
                (!found.is_empty()).then_some(has_value)
            };
            assert_eq!(has_value("DATABASE_URL"), Some(is_shown), "{listed}");
            assert_eq!(has_value("LOG_LEVEL"), Some(is_shown), "{listed}");
            let generated = has_value("SERVICE_PASSWORD_WEB");
            assert!(generated.is_none_or(|has_value| has_value == is_shown), "{listed}");
        }
    }
}
