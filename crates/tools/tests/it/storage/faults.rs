//! Every call of Google that provisioning makes, with every named fault: the next call ends with one of each.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Settings;
use covibe_store::Backend;
use covibe_testkit::{Options, Provisioned, World};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::{app, assert_one_of_each, client, expect_success, settled_options, wait_until_usable};

/// The number of cases that are tried at once.
const LANES: usize = 6;

/// The calls of a provisioning.
pub(super) const CALLS: [(&str, &str); 9] = [
    ("GET", "/v1/projects/*/serviceAccounts/*"),
    ("POST", "/v1/projects/*/serviceAccounts"),
    ("GET", "/storage/v1/b"),
    ("POST", "/storage/v1/b"),
    ("GET", "/storage/v1/b/*/iam"),
    ("PUT", "/storage/v1/b/*/iam"),
    ("GET", "/storage/v1/projects/*/hmacKeys"),
    ("POST", "/storage/v1/projects/*/hmacKeys"),
    ("DELETE", "/storage/v1/projects/*/hmacKeys/*"),
];

async fn try_call(world: &World, (method, path): (&str, &str), name: Name) {
    let what = format!("{name:?} {method} {path}");
    let pattern = format!("{path}$");
    world.cloud.arm(Fault::new(name).on(method, &pattern).delay(Duration::from_secs(2)));
    // With a rotation, a key is made, and another one removed.
    let params = json!({ "rotate": true });
    let first = world.mark.agent.compact_raw("storage.provision", &params).await;
    assert!([200, 409, 429, 502, 503, 504].contains(&first.status), "{what}: {}", first.text);
    world.cloud.disarm();
    loop {
        let next = world.mark.agent.compact_raw("storage.provision", &json!({})).await;
        if next.status == 200 {
            break;
        }
        let is_early = ["Another call", "have not reached all of Google Cloud"];
        assert!(is_early.iter().any(|it| next.text.contains(it)), "{what}: {}", next.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_one_of_each(world, &what).await;
}

/// Makes one fault happen, in a world of its own.
async fn recover_from(call: (&'static str, &'static str), name: Name, backend: Backend) {
    let (attempt, deadline) = (Duration::from_secs(1), Duration::from_secs(6));
    let provisioned = Provisioned::Mark;
    let options = Options { backend, attempt, provisioned, ..Options::default() };
    let options = options.with_deadline(deadline);
    let Some(world) = World::start(options).await else { return };
    // On PostgreSQL, what was made is not known at once, as at Google.
    if backend == Backend::Sqlite {
        world.cloud.set(Settings { storage: settled_options(), ..Settings::default() });
    }
    if call.0 == "DELETE" {
        expect_success(&world, "storage.provision", json!({})).await;
    }
    try_call(&world, call, name).await;
    world.stop().await;
}

/// Most of the time, a case waits for a timeout, a lease or Google's clock. So several cases do it side by side.
async fn every_fault_at(calls: &[(&'static str, &'static str)], first: usize) {
    let cases = calls.iter().flat_map(|call| {
        Name::ALL.into_iter().enumerate().map(move |(number, name)| {
            // Each fault on both databases, and each call, too.
            (*call, name, [Backend::Sqlite, Backend::Postgres][(number + first) % 2])
        })
    });
    let recover = |(call, name, backend)| Box::pin(recover_from(call, name, backend));
    stream::iter(cases).for_each_concurrent(LANES, recover).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_recovers_from_every_fault_at_accounts_and_buckets() {
    every_fault_at(&CALLS[..4], 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_recovers_from_every_fault_at_grants_and_keys() {
    every_fault_at(&CALLS[4..], 1).await;
}

/// The app's variables are written by the next call where Coolify did not answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_injection_is_completed_by_the_next_call() {
    let world = World::embedded().await;
    expect_success(&world, "storage.provision", json!({})).await;
    let app = app(&world, "shop").await;
    for name in [Name::Status, Name::DropAfter, Name::Malformed, Name::BreakOff] {
        world.coolify.arm(Fault::new(name).on("PATCH", "/applications/*/envs/bulk"));
        let params = json!({ "uuid": app });
        let first = world.mark.agent.compact_raw("storage.inject_env", &params).await;
        assert_ne!(first.status, 500, "{}", first.text);
        world.coolify.disarm();
        expect_success(&world, "storage.inject_env", params).await;
        wait_until_usable(&world).await;
        assert_eq!(client(&world, &app, "STORAGE_").await.put("x", "y").await, 200, "{name:?}");
    }
}
