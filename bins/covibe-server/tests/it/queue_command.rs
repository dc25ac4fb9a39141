//! `covibe-server queue`: what waits before Coolify, as its operator sees and changes it.

use std::process::Output;
use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{Options, World};
use serde_json::{Value, json};

use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;

/// The time that deployments take: longer than the test.
const PACE: Duration = Duration::from_hours(1);

/// Deploys three apps, the last of which has no place. Returns the ids of their deployments.
async fn deploy_three(world: &World) -> Vec<String> {
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        let params = json!({ "image": "nginx:1.27", "name": name });
        let made = world.mark.agent.compact("apps.create", &params).await.expect("an app");
        ids.push(made["deployment"]["uuid"].as_str().expect("an id").to_owned());
    }
    ids
}

fn list_queue(operator: &Operator) -> Value {
    let listed = operator.run(&["queue", "list", "--json"]);
    serde_json::from_slice(&listed.stdout).unwrap_or_else(|why| panic!("{why}: {listed:?}"))
}

fn expect_success(told: &Output) -> String {
    assert!(told.status.success(), "{told:?}");
    out(told)
}

fn expect_refusal(told: &Output) -> String {
    assert!(!told.status.success(), "{told:?}");
    err(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_lists_pauses_and_cancels_queued_deployments() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut options = Options { backend, ..Options::default() };
        options.coolify.pace = PACE;
        let Some(world) = World::start(options).await else { continue };
        let operator = Operator::in_world(&world);
        assert!(
            expect_success(&operator.run(&["queue", "list"])).contains("No deployment or start")
        );
        let ids = deploy_three(&world).await;
        let all = list_queue(&operator);
        let deployments = all["deployments"].as_array().expect("a list");
        let states: Vec<_> = deployments.iter().map(|each| each["state"].clone()).collect();
        assert_eq!(states, ["in progress", "in progress", "waiting"], "{all}");
        assert_eq!((&all["paused"], &deployments[2]["id"]), (&json!(false), &json!(ids[2])));
        assert!(expect_success(&operator.run(&["queue", "pause"])).contains("queue resume"));
        assert!(expect_success(&operator.run(&["queue", "list"])).contains("is paused"));
        assert!(expect_success(&operator.run(&["queue", "resume"])).contains("Resumed"));
        let running = deployments[0]["coolifyId"].as_str().expect("an id");
        let early = expect_refusal(&operator.run(&["queue", "free", running]));
        assert!(early.contains("may still be running") && early.contains("3600 s"), "{early}");
        let cancel = ["queue", "cancel", ids[2].as_str()];
        assert!(expect_success(&operator.run(&cancel)).contains(&ids[2]));
        assert!(expect_refusal(&operator.run(&cancel)).contains("queue list"));
        assert_eq!(list_queue(&operator)["deployments"].as_array().map(Vec::len), Some(2));
        world.stop().await;
    }
}
