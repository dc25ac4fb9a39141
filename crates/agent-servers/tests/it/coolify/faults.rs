//! A Coolify that refuses, fails or is slow.

use std::time::Duration;

use covibe_domain::Kind;
use covibe_sandbox::coolify::{Abilities, Granted, Options};
use covibe_sandbox::faults::{Fault, Name};
use serde_json::{Value, json};

use super::{World, caller, config, options};
use crate::tool_calls::{UPSTREAM_TEXT, guard};

/// Every tool with usual parameters.
fn calls(uuid: &str, project: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("list_projects", json!({})),
        ("list_applications", json!({ "project_uuid": project })),
        ("deploy", json!({ "application_uuid": uuid })),
        ("get_logs", json!({ "application_uuid": uuid })),
        ("list_all_apps", json!({})),
        ("get_app_status", json!({ "app_name": "shop" })),
        ("deploy_app", json!({ "app_name": "shop" })),
    ]
}

#[tokio::test]
async fn every_tool_reports_a_coolify_error_without_the_text_of_coolify() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    let app = world.app(&project, "shop", &[]).await;
    for (tool, params) in calls(app.as_str(), project.as_str()) {
        for (status, kind) in [
            (401, Kind::Unready),
            (403, Kind::Unready),
            (404, Kind::NotFound),
            (500, Kind::Upstream),
        ] {
            let body = json!({ "message": UPSTREAM_TEXT, "error": UPSTREAM_TEXT });
            world.simulator.arm(Fault::new(Name::Status).status(status).body(body).times(3));
            let failure = world.caller.failure(tool, params.clone()).await;
            world.simulator.disarm();
            assert_eq!(failure.kind, kind, "{tool} {status}: {failure:?}");
            if status == 401 {
                assert!(failure.message.contains("COOLIFY_API_TOKEN"), "{failure:?}");
            }
        }
    }
    assert_eq!(world.deploys(), 0);
}

#[tokio::test]
async fn every_tool_times_out_if_coolify_does_not_answer() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    let app = world.app(&project, "shop", &[]).await;
    let mut config = config(&world.simulator);
    config.timeout = Duration::from_millis(200);
    let caller = caller(&world.simulator, config, guard(None, None));
    for (tool, params) in calls(app.as_str(), project.as_str()) {
        world.simulator.arm(Fault::new(Name::Hang).times(10));
        let failure = caller.failure(tool, params).await;
        world.simulator.disarm();
        assert_eq!(failure.kind, Kind::Timeout, "{tool}: {failure:?}");
    }
}

#[tokio::test]
async fn a_deploy_call_with_a_lost_answer_is_reported_as_in_doubt_and_not_repeated() {
    let world = World::new().await;
    let project = world.project("Shop").await;
    let app = world.app(&project, "shop", &[]).await;
    world.simulator.arm(Fault::new(Name::DropAfter).on("POST", "/deploy"));
    let failure = world.caller.failure("deploy", json!({ "application_uuid": app })).await;
    assert!(failure.is_in_doubt() && failure.hint.unwrap().contains("get_app_status"));
    assert_eq!(world.deploys(), 1, "it is not repeated");
}

#[tokio::test]
async fn a_missing_ability_of_the_token_is_named() {
    let granted = Granted::default();
    let options = Options { abilities: granted.clone(), ..options() };
    let world = World::with(options, guard(None, None)).await;
    let project = world.project("Shop").await;
    let app = world.app(&project, "shop", &[]).await;
    granted.set(Abilities { deploy: false, ..Abilities::ALL });
    let failure = world.caller.failure("deploy", json!({ "application_uuid": app })).await;
    assert!(failure.message.contains("ability deploy"), "{failure:?}");
    assert!(failure.hint.unwrap().contains("COOLIFY_API_TOKEN"));
}
