//! Providers that belong to their first visitor: no agent starts them before a person opens them.

use std::time::Duration;

use covibe_domain::CellName;
use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};

use super::{call, expect_success, is_started, make, start_on_release, variable, writes};
use crate::support::{CallStyle, served, served_on};

const PROVIDERS: [&str; 3] = ["pocket-id", "pocket-id-with-postgresql", "logto"];

const MARK: &str = "COVIBE_OPENED";

/// Sets the variable that Coolify has once a person has opened a provider.
async fn mark_opened(world: &World, uuid: &Value) {
    let operator = Agent::new(&world.coolify.url, "", None);
    let operator = operator.with_key(Some(world.coolify.token.expose()));
    let path = format!("/api/v1/services/{}/envs", uuid.as_str().expect("a uuid"));
    let body = json!({ "key": MARK, "value": "true", "is_literal": true });
    assert_eq!(operator.json("PATCH", &path, &body).await.status, 201);
}

async fn control(world: &World, uuid: &Value, action: &str) -> covibe_testkit::AgentAnswer {
    let params = json!({ "uuid": uuid, "action": action });
    call(world, CallStyle::Tool, "apps.control", &params).await.answer
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_cannot_start_providers_claimed_by_the_first_visitor() {
    for version in Version::ALL {
        let world = served_on(version).await;
        for (provider, via) in PROVIDERS.into_iter().zip(CallStyle::ALL.into_iter().cycle()) {
            let params = json!({ "provider": provider });
            let made = expect_success(&world, via, "auth.create", &params).await;
            assert_eq!((&made["status"], made.get("admin")), (&json!("exited"), None), "{made}");
            let uuid = &made["uuid"];
            assert_eq!(variable(&world, uuid, MARK).await["value"], "false");
            let page = format!("/console/live/auth/{}", uuid.as_str().expect("a uuid"));
            let open_at = made["openAt"].as_str().expect("a page");
            assert!(open_at.starts_with("http") && open_at.ends_with(&page), "{open_at}");
            let next = made["next"].as_str().expect("a text");
            assert!(next.contains(open_at) && next.contains("No API key can open it"), "{next}");
            let got = expect_success(&world, via, "auth.get", &json!({ "uuid": uuid })).await;
            assert_eq!((&got["openAt"], &got["next"]), (&made["openAt"], &made["next"]));
            for action in ["start", "restart"] {
                let refused = control(&world, uuid, action).await;
                assert_eq!(refused.status, 409, "{action}: {}", refused.text);
                assert!(refused.text.contains("openAt"), "{}", refused.text);
            }
        }
        assert!(!is_started(&world), "{:?}", writes(&world));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_creations_leave_providers_stopped_and_unopened() {
    let world = start_on_release(Version::default()).await;
    for (number, (method, path)) in
        [("POST", "/services$"), ("PATCH", "/services/*/envs/bulk$"), ("GET", "/services/*/envs$")]
            .into_iter()
            .enumerate()
    {
        let params = json!({ "provider": "pocket-id", "name": format!("id-{number}") });
        let fault = Fault::new(Name::DropAfter).times(6).on(method, path);
        world.coolify.arm(fault);
        assert!(call(&world, CallStyle::Tool, "auth.create", &params).await.status >= 500);
        world.coolify.disarm();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
        assert!(made["openAt"].is_string(), "{method} {path}: {made}");
        assert_eq!(variable(&world, &made["uuid"], MARK).await["value"], "false");
    }
    assert!(!is_started(&world), "{:?}", writes(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_can_start_providers_that_a_person_has_opened() {
    let world = start_on_release(Version::default()).await;
    for provider in PROVIDERS {
        let made = make(&world, provider, provider).await;
        mark_opened(&world, &made["uuid"]).await;
        let got =
            expect_success(&world, CallStyle::Tool, "auth.get", &json!({ "uuid": made["uuid"] }))
                .await;
        assert_eq!(got.get("openAt"), None, "{got}");
        assert!(got["next"].to_string().contains("A person has opened it"), "{got}");
        let started = control(&world, &made["uuid"], "start").await;
        assert_eq!(started.status, 200, "{}", started.text);
    }
}

/// Without its users, the next visitor is the first one again.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_loses_its_users_waits_for_a_person_again() {
    let world = served(Options::default()).await;
    let made = make(&world, "pocket-id", "id").await;
    mark_opened(&world, &made["uuid"]).await;
    let started = control(&world, &made["uuid"], "start").await;
    assert_eq!(started.status, 200, "{}", started.text);
    world.coolify.advance(Duration::from_mins(1));
    let params = json!({ "uuid": made["uuid"] });
    let volumes = expect_success(&world, CallStyle::Tool, "apps.volumes.list", &params).await;
    let volume = &volumes["volumes"][0]["name"];
    let wipe = json!({ "uuid": made["uuid"], "volume": volume, "confirm": volume });
    expect_success(&world, CallStyle::Tool, "apps.volumes.wipe", &wipe).await;
    let refused = control(&world, &made["uuid"], "start").await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let got = expect_success(&world, CallStyle::Tool, "auth.get", &params).await;
    assert!(got["openAt"].is_string(), "{got}");
    assert!(world.coolify.names(Collection::Services).contains(&"id".to_owned()));
}

/// A start that was accepted before the users were lost would start it for whoever visits it next.
#[tokio::test(flavor = "multi_thread")]
async fn a_queued_start_is_dropped_when_the_provider_loses_its_users() {
    let world = served(Options::default().with_deadline(Duration::from_secs(2))).await;
    let made = make(&world, "pocket-id", "id").await;
    mark_opened(&world, &made["uuid"]).await;
    let started = control(&world, &made["uuid"], "start").await;
    assert_eq!(started.status, 200, "{}", started.text);
    world.coolify.advance(Duration::from_mins(1));
    // Coolify's own stop removes the containers, so that only Coolify can start it.
    let stop = format!("/services/{}/stop", made["uuid"].as_str().expect("a uuid"));
    world.operator().coolify("POST", &stop, &Value::Null).await;
    world.coolify.advance(Duration::from_mins(1));
    let cell = CellName::default();
    world.store.pause_deployment_queue(&cell, true).await.expect("it is paused");
    let waits = control(&world, &made["uuid"], "start").await;
    assert!(waits.text.contains("It is waiting because the operator has paused"), "{}", waits.text);
    assert_eq!(world.store.open_deployments(&cell).await.expect("the queue").len(), 1);
    let params = json!({ "uuid": made["uuid"] });
    let volumes = expect_success(&world, CallStyle::Tool, "apps.volumes.list", &params).await;
    let volume = &volumes["volumes"][0]["name"];
    let wipe = json!({ "uuid": made["uuid"], "volume": volume, "confirm": volume });
    expect_success(&world, CallStyle::Tool, "apps.volumes.wipe", &wipe).await;
    let open = world.store.open_deployments(&cell).await.expect("the queue");
    assert!(open.is_empty(), "{open:?}");
}
