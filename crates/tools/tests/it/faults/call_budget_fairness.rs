//! One budget of calls for all: a greedy workspace waits for itself, not the others for it.

use std::time::Duration;

use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// More calls at once than a minute's budget has room for.
const GREEDY: usize = 120;

/// An app of the agent's.
async fn app(agent: &Agent) -> Value {
    let params = json!({ "image": "nginx:1.27", "instantDeploy": false });
    let made = agent.compact("apps.create", &params).await.expect("an app");
    json!({ "uuid": made["uuid"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_exhausts_its_call_budget_does_not_starve_another() {
    let options = Options { per_minute: 240, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let (greedy, modest) = (world.mark.agent.clone(), world.justine.agent.clone());
    let (much, little) = (app(&greedy).await, app(&modest).await);
    let mut waiting = JoinSet::new();
    for _ in 0..GREEDY {
        let (agent, app) = (greedy.clone(), much.clone());
        waiting.spawn(async move { agent.compact_raw("apps.get", &app).await });
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    let served = modest.compact_raw("apps.get", &little).await;
    assert_eq!(served.status, 200, "{}", served.text);
    // How many calls these are differs: calls at the same moment share what they read. Equal calls of
    // one key are polls, which leave half of the burst to others.
    let passed = world.coolify.requests().len();
    assert!(passed >= 30, "{passed} requests of a minute's 240 came through at once");
    let mut answers = Vec::new();
    while let Some(answer) = waiting.try_join_next() {
        answers.push(answer.expect("a call ends"));
    }
    assert!(answers.len() < GREEDY, "nobody was waiting");
    answers.extend(waiting.join_all().await);
    let (good, limited): (Vec<_>, Vec<_>) = answers.iter().partition(|each| each.status == 200);
    assert!(!good.is_empty(), "none of {GREEDY} was served");
    assert!(!limited.is_empty(), "all {GREEDY} were served");
    for each in limited {
        assert_eq!(each.status, 429, "{}", each.text);
        let wait: u64 = each.headers["retry-after"].parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    world.stop().await;
}
