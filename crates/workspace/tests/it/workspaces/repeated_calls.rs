//! Calls that are repeated without need: each costs Gitea some twenty requests, and a rotation a password.

use std::time::Duration;

use covibe_testkit::{Options, World};
use serde_json::json;

use super::{provision, provision_to_ready, provision_with, rotate_to_ready};

const PAUSE: Duration = Duration::from_mins(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_successful_run_answers_further_calls_without_upstream_requests() {
    let world = World::start(Options::default().with_settings(|it| it.run_answers = PAUSE)).await;
    let world = world.expect("SQLite is built in");
    let agent = &world.mark.agent;
    let first = provision_to_ready(agent, "the first").await;
    let requests = world.gitea.requests().len();
    assert_eq!(provision_to_ready(agent, "again").await, first);
    assert_eq!(world.gitea.requests().len(), requests, "nothing is requested");
    rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "a rotation is another call").await;
    assert!(world.gitea.requests().len() > requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_rotation_within_the_pause_is_refused() {
    let world =
        World::start(Options::default().with_settings(|it| it.rotation_pause = PAUSE)).await;
    let world = world.expect("SQLite is built in");
    let (agent, pat) = (&world.mark.agent, json!({ "rotate": ["pat"] }));
    rotate_to_ready(agent, &pat, "pat").await;
    let refused = provision_with(agent, &json!({ "rotate": ["keypair", "pat"] })).await;
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
    rotate_to_ready(agent, &json!({ "rotate": ["keypair"] }), "keypair").await;
    assert_eq!(provision(agent).await.status, 200);
    rotate_to_ready(&world.justine.agent, &pat, "another workspace").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_repairs_trouble_that_a_call_reported() {
    let world = World::start(Options::default().with_settings(|it| it.run_answers = PAUSE)).await;
    let world = world.expect("SQLite is built in");
    let agent = &world.mark.agent;
    provision_to_ready(agent, "founded").await;
    world.operator().strip("mark-bot", "tokens").await;
    let list = json!({});
    let refused = agent.compact("repos.list", &list).await.expect_err("the token is gone");
    let hint = json!(refused)["hint"].to_string();
    assert!(hint.contains("/provision, then retry"), "{hint}");
    provision_to_ready(agent, "called as the hint says").await;
    agent.compact("repos.list", &list).await.expect("the new token works");
}
