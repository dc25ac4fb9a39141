//! A fault in each upstream call of a run, and a server that is killed there: the next run makes
//! the workspace ready, and there is one of each.

use std::time::Duration;

use covibe_domain::entities::StepState;
use covibe_sandbox::Recorded;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::upstream_calls::{all_received, clear, disarm};
use covibe_testkit::{Member, Options, UpstreamCall, World, invariants};
use serde_json::json;

use super::{
    describe_workspace, kill_at_call, kill_during, options, provision, provision_to_ready,
    quick_world,
};

/// The calls of a run in which all goes well.
async fn record_calls(world: &World) -> Vec<UpstreamCall> {
    let member = world.new_workspace("site-recorded").await;
    clear(world);
    provision_to_ready(&member.agent, "nothing is wrong").await;
    let mut calls = all_received(world);
    calls.retain(|call| !call.is_for_strangers());
    assert!(calls.len() > 14, "{calls:?}");
    invariants(world, &member.record, "nothing is wrong").await;
    calls
}

/// Takes every call of a run, in so many worlds at once, and has something happen at it.
async fn at_each_call(worlds: usize, happens: impl AsyncFn(&World, &Member, &UpstreamCall, &str)) {
    let lanes = (0..worlds).map(|lane| {
        let happens = &happens;
        async move {
            let world = quick_world().await;
            let calls = record_calls(&world).await;
            for (number, call) in calls.iter().enumerate().filter(|(at, _)| at % worlds == lane) {
                let member = world.new_workspace(&format!("site{number}")).await;
                let what = format!("{call:?}");
                happens(&world, &member, call, &what).await;
                provision_to_ready(&member.agent, &what).await;
                invariants(&world, &member.record, &what).await;
            }
            world.stop().await;
        }
    });
    futures_util::future::join_all(lanes).await;
}

/// A run that meets this fault and fails; the failure is written down with its step and advice.
async fn fails(world: &World, member: &Member, call: &UpstreamCall, fault: Fault, what: &str) {
    clear(world);
    call.arm(world, fault.times(u32::MAX), call.earlier);
    let answer = provision(&member.agent).await;
    disarm(world);
    // A 500 of a change by the administrator is a setting that only an operator can change.
    let statuses = if call.method == "POST" { [429, 502, 503] } else { [429, 502, 502] };
    assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    let told = describe_workspace(&member.agent).await;
    assert_eq!(told["provisionStatus"], "failed", "{what}: {told}");
    let hint = told["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("/provision"), "{what}: {told}");
    let steps = world.steps(&member.record).await;
    let failed: Vec<_> = steps.iter().filter(|one| one.state == StepState::Failed).collect();
    assert_eq!(failed.len(), 1, "{what}: {steps:?}");
    assert_eq!(failed[0].error.as_deref(), answer.json()["error"].as_str(), "{what}");
}

async fn each_call_meets(fault: &Fault, worlds: usize) {
    at_each_call(worlds, async |world, member, call, what| {
        fails(world, member, call, fault.clone(), what).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_a_call_that_failed_before_its_effect() {
    each_call_meets(&Fault::new(Name::Status).status(500), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_a_call_that_failed_after_its_effect() {
    each_call_meets(&Fault::new(Name::StatusAfter).status(500), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_a_call_whose_connection_was_dropped() {
    each_call_meets(&Fault::new(Name::DropAfter), 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_a_call_with_a_malformed_answer() {
    each_call_meets(&Fault::new(Name::Malformed), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_a_rate_limited_call() {
    each_call_meets(&Fault::new(Name::Limited), 9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_a_call_at_which_the_server_was_killed() {
    at_each_call(4, async |world, member, call, _| {
        kill_at_call(world, member, &json!({}), call);
    })
    .await;
}

/// When a stage was last begun.
async fn stage_start(world: &World, member: &Member, stage: &str) -> i64 {
    let steps = world.steps(&member.record).await;
    let step = steps.iter().find(|step| step.name == stage).expect("a step");
    step.started_at.expect("a time").as_millis()
}

/// An upstream may carry out a request after its caller stopped waiting: the next run searches for
/// the result only when the request must have ended, whether the server died or gave the call up.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_waits_until_an_unanswered_request_must_have_ended() {
    let short = Duration::from_millis(300);
    let options = Options { attempt: short, ..options(Backend::Sqlite) }
        .with_settings(|it| it.late = Duration::from_secs(1));
    let late = i64::try_from(options.settings.late.as_millis()).expect("a small number");
    let world = World::start(options).await.expect("SQLite is built in");
    let hang = || Fault::new(Name::Hang).on("POST", "/projects$");
    for is_killed in [true, false] {
        let member = world.new_workspace(&format!("late-{is_killed}")).await;
        world.coolify.arm(hang());
        world.coolify.clear_requests();
        if is_killed {
            let asked = async |world: &World| {
                let is_it = |one: &Recorded| one.method == "POST" && one.path.ends_with("projects");
                while !world.coolify.requests().iter().any(is_it) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            assert!(!kill_during(&world, &member, &json!({}), asked));
        } else {
            let answer = provision(&member.agent).await;
            assert_eq!(answer.status, 504, "{}", answer.text);
            assert_eq!(answer.json()["details"]["mayHaveHappened"], true, "{}", answer.text);
        }
        let first = stage_start(&world, &member, "coolify_project").await;
        provision_to_ready(&member.agent, "late").await;
        let second = stage_start(&world, &member, "coolify_project").await;
        assert!(second - first >= late, "killed: {is_killed}, after {} ms", second - first);
        invariants(&world, &member.record, "late").await;
    }
    world.stop().await;
}
