//! Calls at the same time.

use covibe_testkit::World;
use serde_json::{Value, json};

use super::{app, assert_one_of_each, end_rotation, expect_success};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_provisioning_creates_one_bucket_and_one_key() {
    let world = World::embedded().await;
    let app = app(&world, "shop").await;
    let call = async |name: &str, params: Value| {
        let answer = world.mark.agent.compact_raw(name, &params).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    };
    let make = || call("storage.provision", json!({}));
    tokio::join!(make(), make(), make(), make());
    assert_one_of_each(&world, "four at once").await;
    let rotate = || call("storage.provision", json!({ "rotate": true }));
    tokio::join!(rotate(), call("storage.inject_env", json!({ "uuid": app })), rotate());
    // An injection between two rotations got the first one's key, and the second one renewed it.
    end_rotation(&world).await;
    assert_one_of_each(&world, "rotated and injected").await;
    let told = expect_success(&world, "storage.describe", json!({})).await;
    assert_eq!(told["apps"][0]["isCurrent"], true, "{told}");
}
