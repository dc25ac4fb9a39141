//! Several calls that remove one volume, and a server that is killed while it does.

use std::time::Duration;

use covibe_domain::Kind;
use covibe_sandbox::Simulator;
use covibe_testkit::{AgentAnswer, Options, World};
use serde_json::{Value, json};

use super::{kill, started};

/// The longest time of a call, and therefore the time for which the work of a killed one is held.
const DEADLINE: Duration = Duration::from_secs(1);

/// The calls of a removal that change something, in order.
const STEPS: [(&str, &str); 3] =
    [("POST", "/containers/*/stop"), ("DELETE", "/containers/*$"), ("DELETE", "/volumes/*$")];

async fn world() -> World {
    let options = Options::default().with_deadline(DEADLINE);
    World::start(options).await.expect("SQLite is built in")
}

fn engine(world: &World) -> &Simulator {
    world.docker.as_ref().expect("an engine")
}

/// The parameters of the removal of a new database's volume.
async fn doomed(world: &World, name: &str) -> Value {
    let params = json!({ "type": "postgresql", "name": name });
    let database = started(world, "databases.create", params).await;
    let volume = format!("postgres-data-{database}");
    json!({ "uuid": database, "volume": volume, "confirm": volume })
}

async fn ask(world: &World, params: &Value) -> AgentAnswer {
    world.mark.agent.compact_raw("apps.volumes.wipe", params).await
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_wipes_of_two_servers_remove_the_volume_once() {
    let world = World::embedded().await;
    let params = doomed(&world, "db").await;
    let process = world.process().await;
    let (method, path) = STEPS[2];
    let hold = engine(&world).hold(method, path);
    let first = tokio::spawn({
        let (agent, params) = (world.mark.agent.clone(), params.clone());
        async move { agent.compact_raw("apps.volumes.wipe", &params).await }
    });
    hold.arrived().await;
    let second = process.call(&world.mark, "apps.volumes.wipe", params.clone()).await;
    let failure = second.expect_err("the first one removes it");
    assert_eq!(failure.kind, Kind::Conflict, "{failure:?}");
    assert!(failure.message.contains("Another call") && failure.retry_after.is_some());
    hold.release();
    let first = first.await.expect("a call");
    assert_eq!(first.json()["result"]["wiped"], true, "{}", first.text);
    let again = process.call(&world.mark, "apps.volumes.wipe", params).await;
    assert_eq!(again.expect("an answer")["wiped"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_of_a_killed_server_is_finished_by_the_next_call() {
    let world = world().await;
    let mut begun = Vec::new();
    for (number, step) in STEPS.into_iter().enumerate() {
        let params = doomed(&world, &format!("db{number}")).await;
        kill(&world, (engine(&world), step), "apps.volumes.wipe", &params);
        begun.push(params);
    }
    for params in begun {
        let answer = patient(&world, &params).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let result = &answer.json()["result"];
        assert_eq!(result["status"], "gone", "{}", answer.text);
        let uuid = json!({ "uuid": params["uuid"] });
        let left = world.mark.agent.compact("apps.volumes.list", &uuid).await.expect("a list");
        assert_eq!(left["volumes"], json!([]));
    }
}

/// Asks again as long as the killed server's work is held.
async fn patient(world: &World, params: &Value) -> AgentAnswer {
    loop {
        let answer = ask(world, params).await;
        if answer.status != 409 || !answer.headers.contains_key("retry-after") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
