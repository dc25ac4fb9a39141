//! A server that dies while it attaches a domain, at each call of an upstream that changes something.

use std::time::{Duration, Instant};

use covibe_sandbox::Simulator;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::{AgentAnswer, Options, World};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::attachment::{INGRESS, app, delegation, registered, resolve_name, served_by, states};
use super::expect_success;
use crate::BUSY_MACHINE;

/// The longest time of a call; the lease of a killed one lasts a little longer.
const DEADLINE: Duration = Duration::from_secs(3);

/// The calls that change something, by upstream.
#[derive(Clone, Copy, Debug)]
enum Call {
    Cloud(&'static str),
    Registrar(&'static str),
    Coolify,
}

const CALLS: [Call; 5] = [
    Call::Cloud("managedZones$"),
    Call::Cloud("changes$"),
    Call::Registrar("/advanced_update_nameservers$"),
    Call::Coolify,
    Call::Registrar("/modify$"),
];

impl Call {
    fn simulator(self, world: &World) -> &Simulator {
        match self {
            Self::Cloud(_) => &world.cloud,
            Self::Registrar(_) => &world.registrar,
            Self::Coolify => &world.coolify,
        }
    }

    fn fault(self, name: Name) -> Fault {
        match self {
            Self::Cloud("managedZones$") => {
                Fault::new(name).on("POST", "/projects/*/managedZones$")
            }
            Self::Cloud(_) => Fault::new(name).on("POST", "/projects/*/managedZones/*/changes$"),
            Self::Registrar(path) => Fault::new(name).on("POST", path),
            Self::Coolify => Fault::new(name).on("PATCH", "/applications/"),
        }
    }

    fn is_it(self, method: &str, path: &str) -> bool {
        match self {
            Self::Cloud(end) => method == "POST" && path.ends_with(end.trim_end_matches('$')),
            Self::Registrar(end) => path.ends_with(end.trim_end_matches('$')),
            Self::Coolify => method == "PATCH" && path.contains("/applications/"),
        }
    }

    /// Returns whether it arrived and, if `is_answered`, was answered.
    fn has_arrived(self, world: &World, is_answered: bool) -> bool {
        let requests = self.simulator(world).requests();
        let mut same = requests.iter().filter(|it| self.is_it(&it.method, &it.path));
        same.any(|it| it.status.is_some() || !is_answered)
    }
}

/// A server of the world's own begins to attach, and dies while it waits for an answer, or reads it.
fn kill(world: &World, call: Call, name: Name, params: &Value) {
    call.simulator(world).clear_requests();
    call.simulator(world).arm(call.fault(name));
    let dies = || {
        let runtime = Runtime::new().expect("a runtime");
        let process = runtime.block_on(world.process());
        runtime.block_on(async {
            let attach = process.call(&world.mark, "domains.attach", params.clone());
            tokio::select! {
                _late = attach => {}
                () = until(|| call.has_arrived(world, name.has_effect())) => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    };
    tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(dies).join()))
        .expect("a killed server");
    call.simulator(world).disarm();
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asks again for as long as the killed call has the domain.
async fn patient(world: &World, params: &Value) -> AgentAnswer {
    let end = Instant::now() + BUSY_MACHINE;
    loop {
        let answer = world.mark.agent.compact_raw("domains.attach", params).await;
        let is_late = answer.status == 504 && Instant::now() < end;
        if !answer.text.contains("Another call") && !is_late {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_interrupted_by_a_killed_server_is_completed_by_the_next_call() {
    for (number, call) in CALLS.into_iter().enumerate() {
        let name = [Name::Hang, Name::Huge][number % 2];
        let backend = [Backend::Sqlite, Backend::Postgres][number % 2];
        let options = Options { backend, ..Options::default() }.with_deadline(DEADLINE);
        let Some(world) = World::start(options).await else { continue };
        registered(&world, "killed.com").await;
        let app = app(&world, "killed").await;
        let params = json!({ "domain": "killed.com", "appUuid": app["uuid"] });
        kill(&world, call, name, &params);
        let answer = patient(&world, &params).await;
        assert_eq!(answer.status, 200, "{call:?} {}", answer.text);
        let answer = answer.json()["result"].clone();
        let open = |state: &String| state.ends_with(":later") || state.ends_with(":failed");
        assert!(!states(&answer).iter().any(open), "{call:?} {answer}");
        for host in ["killed.com", "www.killed.com"] {
            assert_eq!(resolve_name(&world, host, "A").await, [INGRESS], "{call:?}");
        }
        let served = format!("locked {}", served_by(&answer));
        assert_eq!(delegation(&world, "killed.com"), served, "{call:?}");
        let listed =
            expect_success(&world, "apps.domains.list", json!({ "uuid": app["uuid"] })).await;
        assert_eq!(listed["domains"].as_array().map(Vec::len), Some(3), "{call:?} {listed}");
        world.stop().await;
    }
}

/// Nobody calls again: the lock that was off while the server died is set all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_left_off_by_a_killed_server_is_set_by_the_reconciliation() {
    let options = Options::default().with_deadline(DEADLINE);
    let world = World::start(options).await.expect("SQLite is built in");
    registered(&world, "alone.com").await;
    let mut params = json!({ "domain": "alone.com", "ip": "8.8.8.8", "updateRegistrarNs": false });
    expect_success(&world, "domains.attach", params.clone()).await;
    params["updateRegistrarNs"] = json!(true);
    kill(&world, Call::Registrar("/advanced_update_nameservers$"), Name::Hang, &params);
    assert!(delegation(&world, "alone.com").starts_with("unlocked "));
    let process = world.process().await;
    while delegation(&world, "alone.com").starts_with("unlocked ") {
        tokio::time::sleep(Duration::from_millis(200)).await;
        process.platform.reconcile_domains().await.expect("a round");
    }
}
