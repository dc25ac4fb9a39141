//! Auth providers: from the allowlist, with what they need before their first start.

mod hosts;
mod life;
mod needs;

use covibe_sandbox::coolify::Version;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use crate::support::via::Told;
use crate::support::{Via, schema, tool};

/// A world on a release of Coolify.
async fn on(version: Version) -> World {
    let mut options = Options::default();
    options.coolify.version = version;
    World::start(options).await.expect("SQLite is built in")
}

/// A call of mark's; its answer must be as the operation's schema says.
async fn call(world: &World, via: Via, name: &str, params: &Value) -> Told {
    let tool = tool(world, name);
    let told = via.call(&world.mark.agent, &tool, params).await;
    if let Ok(answer) = &told.outcome {
        schema::assert_valid(&tool.output, answer, name);
    }
    told
}

/// A call that must succeed.
async fn done(world: &World, via: Via, name: &str, params: &Value) -> Value {
    call(world, via, name, params).await.result(&format!("{name} {params}"))
}

/// Makes a provider of that name.
async fn make(world: &World, provider: &str, name: &str) -> Value {
    done(world, Via::Tool, "auth.create", &json!({ "provider": provider, "name": name })).await
}

/// What Coolify was asked to change, in its order: method and the path without ids.
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
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.get(url).bearer_auth(world.coolify.token.expose());
    let text = request.send().await.expect("an answer").text().await.expect("a text");
    serde_json::from_str(&text).expect("a list")
}

/// One of them.
async fn variable(world: &World, uuid: &Value, key: &str) -> Value {
    let all = variables(world, uuid).await;
    all.into_iter().find(|env| env["key"] == key).unwrap_or_default()
}
