//! A server that dies while it provisions or rotates, at each call of Google that changes something.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::{AgentAnswer, Options, World};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{app, assert_one_of_each, client, end_rotation, expect_success, wait_until_usable};

/// The longest time of a call; the lease of a killed one lasts a little longer.
const DEADLINE: Duration = Duration::from_secs(3);

/// The work during which a server is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A first key is created.
    Making,
    /// Another key is created.
    Rotating,
    /// The key before the current one is removed.
    Ending,
}

/// A call, by its method and the pattern of its path, and what makes it.
type Call = (&'static str, &'static str, Work);

/// The calls that change something.
const CALLS: [Call; 7] = [
    ("POST", "/v1/projects/*/serviceAccounts", Work::Making),
    ("POST", "/storage/v1/b", Work::Making),
    ("PUT", "/storage/v1/b/*/iam", Work::Making),
    ("POST", "/storage/v1/projects/*/hmacKeys", Work::Making),
    ("POST", "/storage/v1/projects/*/hmacKeys", Work::Rotating),
    ("PUT", "/storage/v1/projects/*/hmacKeys/*", Work::Ending),
    ("DELETE", "/storage/v1/projects/*/hmacKeys/*", Work::Ending),
];

/// Returns whether a path matches a pattern.
fn matches_path(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) =
        (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(wanted, part)| *wanted == "*" || wanted == part)
}

/// A server of the world's own begins to provision, and dies while it waits for an answer, or reads it.
fn kill(world: &World, (method, pattern): (&str, &str), name: Name, params: &Value) {
    world.cloud.clear_requests();
    world.cloud.arm(Fault::new(name).on(method, &format!("{pattern}$")));
    let arrived = || {
        let requests = world.cloud.requests();
        let mut same =
            requests.iter().filter(|it| it.method == method && matches_path(pattern, &it.path));
        same.any(|it| it.status.is_some() || !name.has_effect())
    };
    let dies = || {
        let runtime = Runtime::new().expect("a runtime");
        let process = runtime.block_on(world.process());
        runtime.block_on(async {
            let call = process.call(&world.mark, "storage.provision", params.clone());
            tokio::select! {
                _late = call => {}
                () = until(arrived) => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    };
    tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(dies).join()))
        .expect("a killed server");
    world.cloud.disarm();
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asks again for as long as the killed call has the storage, or Google does not know what it made.
async fn patient(world: &World) -> AgentAnswer {
    loop {
        let answer = world.mark.agent.compact_raw("storage.provision", &json!({})).await;
        let is_early = answer.text.contains("have not reached all of Google Cloud");
        if !is_early && !answer.text.contains("Another call") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Rotates at a Google that does not let the previous key end, although nothing runs with it.
async fn leave_previous_key(world: &World) {
    let fault = Fault::new(Name::Status).on("PUT", "/storage/v1/projects/*/hmacKeys/*$");
    world.cloud.arm(fault.status(400).times(u32::MAX));
    let params = json!({ "rotate": true });
    let rotated = world.mark.agent.compact_raw("storage.provision", &params).await;
    assert_ne!(rotated.status, 200, "{}", rotated.text);
    world.cloud.disarm();
}

/// A killed call leaves its lease, which lasts for seconds: all cases wait for theirs side by side.
#[tokio::test(flavor = "multi_thread")]
async fn provisioning_interrupted_by_a_killed_server_is_completed_by_the_next_call() {
    let mut cases = tokio::task::JoinSet::new();
    for (number, call) in CALLS.into_iter().enumerate() {
        let backend = [Backend::Sqlite, Backend::Postgres][number % 2];
        for name in [Name::Hang, Name::Huge] {
            cases.spawn(assert_next_call_continues(backend, call, name));
        }
    }
    cases.join_all().await;
}

async fn assert_next_call_continues(backend: Backend, (method, path, work): Call, name: Name) {
    let what = format!("{method} {path} {name:?}");
    let options = Options { backend, ..Options::default() }.with_deadline(DEADLINE);
    let Some(world) = World::start(options).await else { return };
    let app = app(&world, "shop").await;
    if work != Work::Making {
        expect_success(&world, "storage.provision", json!({})).await;
        expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    }
    if work == Work::Ending {
        leave_previous_key(&world).await;
    }
    let rotates = work == Work::Rotating;
    kill(&world, (method, path), name, &json!({ "rotate": rotates }));
    let answer = patient(&world).await;
    assert_eq!(answer.status, 200, "{what} {}", answer.text);
    end_rotation(&world).await;
    assert_one_of_each(&world, &what).await;
    if work == Work::Making {
        expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    }
    wait_until_usable(&world).await;
    assert_eq!(client(&world, &app, "STORAGE_").await.put("x", "y").await, 200, "{what}");
    world.stop().await;
}
