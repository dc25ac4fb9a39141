//! Agents that ask for the same deployments again and again, when the rate budget is spent.

use std::time::Duration;

use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};

/// A rate limit of which polls can use thirty calls at once.
const PER_MINUTE: u32 = 240;

async fn world() -> World {
    let options = Options { per_minute: PER_MINUTE, ..Options::default() };
    World::start(options).await.expect("SQLite is built in")
}

async fn app(agent: &Agent) -> Value {
    let params = json!({ "image": "nginx:1.27", "instantDeploy": false });
    let made = agent.compact("apps.create", &params).await.expect("an app");
    json!({ "uuid": made["uuid"] })
}

/// Asks for an app's deployments; returns their ids.
async fn poll(agent: &Agent, app: &Value) -> Vec<String> {
    let answer = agent.compact("apps.deployments", app).await.expect("the deployments");
    let listed = answer["deployments"].as_array().expect("a list");
    listed.iter().map(|each| each["uuid"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_polls_with_a_spent_budget_cost_a_bounded_number_of_calls() {
    let world = world().await;
    let agent = &world.mark.agent;
    let app = app(agent).await;
    let queued = agent.compact("apps.deploy", &app).await.expect("a deployment");
    world.coolify.clear_requests();
    for _ in 0..150 {
        assert_eq!(poll(agent, &app).await, [queued["uuid"].as_str().expect("an id")]);
    }
    let made = world.coolify.requests().len();
    assert!(made <= 100, "{made} calls for 150 polls");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_deployment_is_listed_at_once_even_when_the_budget_is_spent() {
    let world = world().await;
    let (polling, deploying) = (world.mark.agent.clone(), world.tenants_agent(&world.mark).await);
    let app = app(&polling).await;
    for _ in 0..60 {
        assert_eq!(poll(&polling, &app).await, [""; 0]);
    }
    let queued = deploying.compact("apps.deploy", &app).await.expect("a deployment");
    let uuid = queued["uuid"].as_str().expect("an id");
    assert_eq!(poll(&polling, &app).await, [uuid]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_of_a_deleted_app_are_not_found_even_when_the_budget_is_spent() {
    let world = world().await;
    let (polling, deleting) = (world.mark.agent.clone(), world.tenants_agent(&world.mark).await);
    let app = app(&polling).await;
    for _ in 0..60 {
        poll(&polling, &app).await;
    }
    let name = polling.compact("apps.get", &app).await.expect("the app")["name"].clone();
    let params = json!({ "uuid": app["uuid"], "confirm": name });
    deleting.compact("apps.delete", &params).await.expect("the deletion");
    let answer = polling.compact_raw("apps.deployments", &app).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_of_an_app_deleted_by_hand_are_not_found() {
    // While the budget is spent, an answer may be from before.
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let app = app(agent).await;
    for _ in 0..3 {
        poll(agent, &app).await;
    }
    let path = format!("/applications/{}", app["uuid"].as_str().expect("an id"));
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    world.coolify.advance(Duration::from_mins(1));
    let answer = agent.compact_raw("apps.deployments", &app).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cached_deployments_are_not_shown_to_another_workspace() {
    let world = world().await;
    let (owner, stranger) = (&world.mark.agent, &world.justine.agent);
    let app = app(owner).await;
    for _ in 0..60 {
        poll(owner, &app).await;
    }
    for _ in 0..5 {
        let answer = stranger.compact_raw("apps.deployments", &app).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
    }
    world.stop().await;
}
