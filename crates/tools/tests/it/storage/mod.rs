//! Object storage: a bucket for a workspace, and its key for apps.

mod bucket_limit;
mod buckets;
mod concurrent_calls;
mod crash_recovery;
mod failures_for_operator;
mod faults;
mod inject_env;
mod key_rotation;
mod premade_storage;

use std::collections::BTreeMap;

use covibe_sandbox::google::{Collection, StorageSettings};
use covibe_testkit::{S3Client, World};
use serde_json::{Value, json};

use crate::support::compact_envelope_calls::{expect_failure, expect_success};

/// Makes the workspace's bucket, and describes it.
async fn provision(world: &World) -> Value {
    expect_success(world, "storage.provision", json!({})).await["storage"].clone()
}

/// An app from an image.
async fn app(world: &World, name: &str) -> Value {
    let params = json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false });
    expect_success(world, "apps.create", params).await["uuid"].clone()
}

/// An app of a compose file.
async fn stack(world: &World, name: &str) -> Value {
    let file = "services:\n  web:\n    image: nginx:1.27\n";
    let params = json!({ "composeRaw": file, "name": name, "instantDeploy": false });
    expect_success(world, "apps.create", params).await["uuid"].clone()
}

/// The variables of an app as Coolify has them.
async fn stored_variables(world: &World, family: &str, app: &Value) -> Vec<Value> {
    world.variables_held(family, app.as_str().expect("a text")).await
}

/// The same for the running app, by their names.
async fn variables(world: &World, family: &str, app: &Value) -> BTreeMap<String, String> {
    world.app_variables(family, app.as_str().expect("a text")).await
}

/// The S3 client that the app would have.
async fn client(world: &World, app: &Value, prefix: &str) -> S3Client {
    S3Client::from_variables(&variables(world, "applications", app).await, prefix)
}

/// Settings under which what is made is known everywhere at once.
fn settled_options() -> StorageSettings {
    StorageSettings { lag: std::time::Duration::ZERO, ..StorageSettings::default() }
}

/// There is one bucket, one account with its two grants, and one active key, which is the one that is told.
async fn assert_one_of_each(world: &World, what: &str) {
    let told = expect_success(world, "storage.describe", json!({})).await;
    assert_eq!(told["status"], "ready", "{what}: {told}");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let [accounts, buckets, keys] =
        [Collection::Accounts, Collection::Buckets, Collection::HmacKeys]
            .map(|collection| world.cloud.names(collection));
    assert_eq!(buckets, [text(&told["bucket"])], "{what}");
    assert_eq!(accounts.len(), 1, "{what}: {accounts:?}");
    let key = format!("{} ACTIVE {}", text(&told["accessKeyId"]), accounts[0]);
    assert_eq!(keys, [key], "{what}");
    let grants = world.cloud.names(Collection::Grants);
    let own = grants.iter().filter(|grant| grant.ends_with(&accounts[0])).count();
    assert_eq!(own, 2, "{what}: {grants:?}");
}

/// Deploys an app, and waits until it runs.
async fn deploy(world: &World, app: &Value) {
    let told = expect_success(world, "apps.deploy", json!({ "uuid": app, "wait": true })).await;
    assert_eq!(told["outcome"]["verdict"], "running", "{told}");
}

/// Ends the key before the current one, as an agent does once all apps run with the current one.
async fn end_rotation(world: &World) {
    let is_left = async || {
        let told = expect_success(world, "storage.provision", json!({})).await;
        told.get("needsDeploy").is_some()
    };
    while is_left().await {}
}

/// Moves the cloud's clock on until every key is known everywhere.
async fn wait_until_usable(world: &World) {
    world.cloud.advance(std::time::Duration::from_secs(5));
    tokio::task::yield_now().await;
}
