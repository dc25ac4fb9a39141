//! Auth providers: from the allowlist, with what they need before their first start.

mod first_admin;
mod first_visitor;
mod get_and_delete;
mod provider_hosts;
mod repeated_creation;
mod required_variables;

use covibe_testkit::World;
use serde_json::{Value, json};

use crate::support::{CallStyle, call, expect_success, start_on_release};

/// Returns whether a start was requested.
fn is_started(world: &World) -> bool {
    writes(world).iter().any(|write| write.ends_with("/start"))
}

/// Makes a provider of that name.
async fn make(world: &World, provider: &str, name: &str) -> Value {
    expect_success(
        world,
        CallStyle::Tool,
        "auth.create",
        &json!({ "provider": provider, "name": name }),
    )
    .await
}

/// Returns the changes that were requested of Coolify, in their order: method and the path without
/// ids.
fn writes(world: &World) -> Vec<String> {
    let requests = world.coolify.requests().into_iter();
    let writes = requests.filter(|request| request.method != "GET");
    let is_id = |part: &&str| part.len() == 24;
    let plain = |path: &str| {
        path.split('/')
            .map(|part| if is_id(&part) { "*" } else { part })
            .collect::<Vec<_>>()
            .join("/")
    };
    writes
        .map(|one| format!("{} {}", one.method, plain(one.path.trim_start_matches("/api/v1"))))
        .collect()
}

/// The variables of a service as Coolify has them, the next test's own look.
async fn variables(world: &World, uuid: &Value) -> Vec<Value> {
    let uuid = uuid.as_str().expect("a text");
    let url = format!("{}/api/v1/services/{uuid}/envs", world.coolify.url);
    let client = covibe_testkit::http_client::client().build().expect("a client");
    let request = client.get(url).bearer_auth(world.coolify.token.expose());
    let text = request.send().await.expect("an answer").text().await.expect("a text");
    serde_json::from_str(&text).expect("a list")
}

/// One of them.
async fn variable(world: &World, uuid: &Value, key: &str) -> Value {
    let all = variables(world, uuid).await;
    all.into_iter().find(|env| env["key"] == key).unwrap_or_default()
}
