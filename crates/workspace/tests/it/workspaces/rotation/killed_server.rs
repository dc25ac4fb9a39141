//! A server that is killed, or meets a fault, at each call of a rotation.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::upstream_calls::{all_received, clear, disarm};
use covibe_testkit::{Member, Options, Provisioned, UpstreamCall, World, invariants};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::clonable_apps::Apps;
use super::pair;
use crate::workspaces::{
    kill_at_call, options, provision_to_ready, provision_with, rotate_to_ready,
};

/// Returns wants that replace every credential.
fn wants() -> Value {
    json!({ "rotate": ["pat", "clone", "keypair"] })
}

/// Checks the conditions that hold at every moment.
async fn is_sound(world: &World, member: &Member, apps: &Apps, what: &str) {
    apps.assert_cloned(world, what).await;
    let pair = pair(world, member).await;
    assert!(pair.is_matching(), "{what}: {pair:?}");
    let access = member.agent.compact("gitea.credentials", &json!({})).await;
    assert!(access.is_ok(), "{what}: {access:?}");
}

/// Longer than a rotation takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The number of these worlds that work concurrently. With twenty, provisioning without any fault took more than a
/// minute on two cores.
static AT_WORK: Semaphore = Semaphore::const_new(4);

/// Has something happen at each call of a rotation, one after the other in so many worlds.
async fn at_each_call(worlds: usize, happens: impl AsyncFn(&World, &Member, &UpstreamCall, &str)) {
    let lanes = (0..worlds).map(|lane| {
        let happens = &happens;
        async move {
            let _permit = AT_WORK.acquire().await.expect("it is never closed");
            let patient = options(Backend::Sqlite).with_deadline(PATIENCE);
            let patient = Options { provisioned: Provisioned::Mark, ..patient };
            let mut world = World::start(patient).await.expect("SQLite is built in");
            let apps = Apps::create(&world, &world.mark).await;
            let untouched = apps.records_of_others(&world).await;
            world.restart().await;
            clear(&world);
            rotate_to_ready(&world.mark.agent, &wants(), "nothing is wrong").await;
            let mut calls = all_received(&world);
            calls.retain(|call| !call.is_for_strangers());
            assert!(calls.len() > 18, "{calls:?}");
            let uuid = pair(&world, &world.mark).await.uuid;
            for call in calls.iter().skip(lane).step_by(worlds) {
                let what = format!("{call:?}");
                world.restart().await;
                happens(&world, &world.mark, call, &what).await;
                is_sound(&world, &world.mark, &apps, &what).await;
                provision_to_ready(&world.mark.agent, &what).await;
                is_sound(&world, &world.mark, &apps, &what).await;
                invariants(&world, &world.mark.record, &what).await;
                assert_eq!(pair(&world, &world.mark).await.uuid, uuid, "{what}");
            }
            assert_eq!(apps.records_of_others(&world).await, untouched);
            world.stop().await;
        }
    });
    futures_util::future::join_all(lanes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_finishes_a_rotation_of_a_killed_server() {
    at_each_call(4, async |world, member, call, what| {
        let before = pair(world, member).await;
        let token = token(member).await;
        kill_at_call(world, member, &wants(), call);
        provision_to_ready(&member.agent, what).await;
        // What the killed one was asked for is done by the next, which was asked for nothing.
        let after = pair(world, member).await;
        assert_ne!(after.private_side, before.private_side, "{what}");
        assert_ne!(self::token(member).await, token, "{what}");
    })
    .await;
}

async fn token(member: &Member) -> Value {
    covibe_testkit::git::access(&member.agent).await["bot"]["token"].clone()
}

async fn each_call_meets(fault: Name) {
    at_each_call(4, async |world, member, call, what| {
        clear(world);
        call.arm(world, Fault::new(fault).times(u32::MAX), call.earlier);
        let answer = provision_with(&member.agent, &wants()).await;
        disarm(world);
        // A 500 of a change by the administrator is a setting that only an operator can change.
        let is_refused = answer.status == 502 || (answer.status == 503 && call.method == "POST");
        assert!(is_refused || answer.status == 200, "{what}: {} {}", answer.status, answer.text);
        // An answer that nobody reads may be malformed.
        let ignored = fault == Name::Malformed && !call.only_reads();
        assert!(is_refused || ignored, "{what}: {}", answer.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_continues_after_a_call_that_failed_before_its_effect() {
    each_call_meets(Name::Status).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_continues_after_a_call_that_failed_after_its_effect() {
    each_call_meets(Name::StatusAfter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_continues_after_a_dropped_connection() {
    each_call_meets(Name::DropAfter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_continues_after_a_malformed_answer() {
    each_call_meets(Name::Malformed).await;
}
