//! The memory of databases, whose images are their callers' programs.

use super::*;

/// Returns the memory that Coolify was asked to give a database, by its requests since they were
/// cleared.
fn sent_memory(world: &World) -> Value {
    let requests = world.coolify.requests();
    let written = requests.iter().find(|request| request.method != "GET").expect("a change");
    let body = written.body.clone().expect("a body");
    assert_eq!(body["limits_memory"], body["limits_memory_swap"], "no swap beside the memory");
    body["limits_memory"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_gets_the_operators_default_or_maximum_memory_limit() {
    let world = World::start(covibe_testkit::Options::default()).await.expect("SQLite");
    for (limits, memory) in [
        (Value::Null, "4g"),
        (json!({ "cpus": "0.5" }), "4g"),
        (json!({ "memory": "0" }), "16g"),
        (json!({ "memory": "16g" }), "16g"),
    ] {
        world.coolify.clear_requests();
        let mut params = json!({ "type": "redis", "image": "registry.example.com/x/program:1" });
        if limits.is_object() {
            params["limits"] = limits;
        }
        expect_success(&world, CallStyle::Tool, "databases.create", &params).await;
        assert_eq!(sent_memory(&world), memory, "{params}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_limits_above_the_operators_maximum_are_refused_for_databases() {
    let world = World::start(covibe_testkit::Options::default()).await.expect("SQLite");
    let database = postgres(&world, "main").await["uuid"].clone();
    let before = writes(&world);
    for memory in ["17g", "16385m", "999g"] {
        let limits = json!({ "memory": memory });
        let create = json!({ "type": "redis", "limits": limits });
        let told = call_refused(&world, CallStyle::Rest, "databases.create", &create, 422).await;
        assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("16g")), "{told}");
        let update = json!({ "uuid": database, "patch": { "limits": limits } });
        call_refused(&world, CallStyle::Rest, "databases.update", &update, 422).await;
    }
    assert_eq!(writes(&world), before);
    world.coolify.clear_requests();
    let update = json!({ "uuid": database, "patch": { "limits": { "memory": "0" } } });
    let told = expect_success(&world, CallStyle::Rest, "databases.update", &update).await;
    assert_eq!(told["applied"], json!(["limits.memory"]), "{told}");
    assert_eq!(sent_memory(&world), "16g");
}
