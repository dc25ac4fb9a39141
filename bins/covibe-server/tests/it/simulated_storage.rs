//! The sandbox alone gives an app a bucket, and an S3 client on the same machine uses it.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_testkit_http::S3Client;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::sandbox_process::Sandbox;

/// A time limit that only ends a test that hangs.
const SOON: Duration = Duration::from_mins(1);

/// Waits until the app runs, and returns the variables of its container.
async fn variables(sandbox: &Sandbox, app: &str) -> BTreeMap<String, String> {
    let container = async {
        loop {
            let listed = sandbox.engine("/containers/json");
            let mut listed = listed.as_array().into_iter().flatten();
            if let Some(one) = listed.find(|one| one["Names"].to_string().contains(app)) {
                return one["Id"].as_str().expect("an id").to_owned();
            }
            tokio::task::yield_now().await;
        }
    };
    let container = timeout(SOON, container).await.expect("it runs");
    let told = sandbox.engine(&format!("/containers/{container}/json"));
    let lines = told["Config"]["Env"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn an_app_of_the_sandbox_stores_and_reads_objects_in_its_bucket() {
    let sandbox = Sandbox::start();
    let made = sandbox.call_successfully("storage.provision", json!({})).await;
    let app = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let app = sandbox.call_successfully("apps.create", app).await["uuid"].clone();
    sandbox.call_successfully("storage.inject_env", json!({ "uuid": app })).await;
    sandbox.call_successfully("apps.deploy", json!({ "uuid": app })).await;
    let variables = variables(&sandbox, app.as_str().expect("a text")).await;
    assert_eq!(made["storage"]["bucket"], variables["STORAGE_BUCKET"]);
    assert_eq!(sandbox.text("/upstreams/storage/url"), variables["STORAGE_ENDPOINT"]);
    let client = S3Client::from_variables(&variables, "STORAGE_");
    // As at Google, a new key is refused for a moment.
    let put = async { while client.put("a/b.txt", "hello").await == 403 {} };
    timeout(SOON, put).await.expect("the key is known");
    assert_eq!(client.get("a/b.txt").await, (200, "hello".to_owned()));
    assert_eq!(client.delete("a/b.txt").await, 204);
    assert_eq!(client.get("a/b.txt").await.0, 404);
}
