//! The bytes that the variables of an app take together.

use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

/// As many variables with values of 60 KB.
fn long_variables(prefix: &str, count: usize) -> Vec<Value> {
    let value = "x".repeat(60_000);
    (0..count)
        .map(|number| json!({ "key": format!("{prefix}_{number}"), "value": value }))
        .collect()
}

async fn app(agent: &Agent, mut params: Value) -> Value {
    params["instantDeploy"] = json!(false);
    agent.compact("apps.create", &params).await.expect("an app")["uuid"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_an_app_beyond_1_mib_in_total_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let image = app(agent, json!({ "image": "nginx:1", "name": "site" })).await;
    let file = "services: {web: {image: 'a/b:1'}}";
    let stack = app(agent, json!({ "composeRaw": file, "name": "stack" })).await;
    // A compose app has no preview copies.
    for (app, most) in [(image, 8), (stack, 17)] {
        let set = async |envs: Vec<Value>| {
            agent.compact_raw("apps.envs.upsert", &json!({ "uuid": app, "envs": envs })).await
        };
        let made = set(long_variables("A", most)).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let refused = set(long_variables("B", 1)).await;
        assert_eq!(refused.status, 413, "{}", refused.text);
        assert!(refused.text.contains("1 MiB in total"), "{}", refused.text);
        agent.compact("apps.envs.list", &json!({ "uuid": app })).await.expect("they are read");
        assert_eq!(set(vec![json!({ "key": "A_0", "value": "short" })]).await.status, 200);
        let delete = json!({ "uuid": app, "key": "A_1" });
        agent.compact("apps.envs.delete", &delete).await.expect("a deletion");
        assert_eq!(set(long_variables("B", 1)).await.status, 200);
    }
}

/// As apps may have them that are older than the bound.
#[tokio::test(flavor = "multi_thread")]
async fn variables_can_be_deleted_when_they_are_too_large_to_be_listed() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let app = app(agent, json!({ "image": "nginx:1", "name": "site" })).await;
    let path = format!("/applications/{}/envs/bulk", app.as_str().expect("a uuid"));
    for prefix in ["A", "B", "C"] {
        let data = json!({ "data": long_variables(prefix, 16) });
        world.operator().coolify("PATCH", &path, &data).await;
    }
    let list = agent.compact_raw("apps.envs.list", &json!({ "uuid": app })).await;
    assert_eq!(list.status, 502, "{}", &list.text[..300.min(list.text.len())]);
    for prefix in ["A", "B", "C"] {
        for number in 0..12 {
            let delete = json!({ "uuid": app, "key": format!("{prefix}_{number}") });
            agent.compact("apps.envs.delete", &delete).await.expect("a deletion");
        }
    }
    agent.compact("apps.envs.list", &json!({ "uuid": app })).await.expect("they are read again");
}
