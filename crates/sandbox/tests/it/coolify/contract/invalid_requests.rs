//! Every route without its required input.

use covibe_sandbox::Answered;
use covibe_sandbox::coolify::{Options, Version, routes};
use serde_json::{Value, json};

use crate::simulator_client::{Client, real_time_options};

/// Returns the answers of the simulator.
pub(super) async fn answers(version: Version) -> Vec<Answered> {
    let mut answers = to_nobody(version).await;
    answers.extend(to_too_many(version).await);
    answers.extend(to_wrong_bodies(version).await);
    answers.extend(to_what_is_gone(version).await);
    answers
}

/// Returns the routes with ids of nothing in their templates.
fn paths(version: Version) -> impl Iterator<Item = (&'static str, String)> {
    let fill =
        |part: &str| if part.starts_with('{') { "missing".to_owned() } else { part.to_owned() };
    routes(version).into_iter().map(move |(method, path)| {
        (method, path.split('/').map(fill).collect::<Vec<_>>().join("/"))
    })
}

async fn to_nobody(version: Version) -> Vec<Answered> {
    let mut client = super::coolify(version).await.client;
    client.simulator.keep_answers();
    client.authorization = None;
    for (method, path) in paths(version) {
        assert_eq!(Client::send(client.request(method, &path)).await.status, 401, "{path}");
    }
    client.simulator.take_answers()
}

/// 429: the whole team has one rate limit.
async fn to_too_many(version: Version) -> Vec<Answered> {
    let options = Options { version, budget_per_minute: Some(1), ..real_time_options() };
    let client = Client::new(covibe_sandbox::coolify::start(options).await.unwrap());
    client.get("/version").await;
    client.simulator.keep_answers();
    for (method, path) in paths(version) {
        assert_eq!(Client::send(client.request(method, &path)).await.status, 429, "{path}");
    }
    client.simulator.take_answers()
}

/// 400, 404 and 422: an unknown id, an empty body, one that is not JSON, and unknown members.
async fn to_wrong_bodies(version: Version) -> Vec<Answered> {
    let coolify = super::coolify(version).await;
    coolify.simulator.keep_answers();
    let bodies =
        [json!({}), json!({ "colour": 1 }), json!({ "name": 1, "key": "A b!", "value": 1 })];
    for (method, path) in paths(version) {
        let request = || coolify.request(method, &path);
        Client::send(request()).await;
        if matches!(method, "POST" | "PATCH") {
            Client::send(request().header("Content-Type", "application/json").body("{")).await;
            for body in &bodies {
                let placed = coolify.with_place(body.clone());
                Client::send(request().json::<Value>(body)).await;
                Client::send(request().json(&placed)).await;
            }
        }
    }
    coolify.simulator.take_answers()
}

/// 404 and 405: the routes that only an older release has.
async fn to_what_is_gone(version: Version) -> Vec<Answered> {
    let coolify = super::coolify(version).await;
    coolify.simulator.keep_answers();
    let served: Vec<_> = paths(version).collect();
    for (method, path) in paths(Version::Beta473).filter(|route| !served.contains(route)) {
        let answer = Client::send(coolify.request(method, &path)).await;
        assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.text);
    }
    coolify.simulator.take_answers()
}
