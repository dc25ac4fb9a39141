//! The volumes of a workspace's resources.

use std::time::Duration;

use covibe_sandbox::docker::Arrangement;
use covibe_testkit::World;
use futures_util::future::join_all;
use serde_json::json;

use super::{arrange, call_refused, expect_success, image, started};

#[tokio::test(flavor = "multi_thread")]
async fn volumes_are_listed_with_their_sizes_and_mounts() {
    let world = World::embedded().await;
    let database = json!({ "type": "postgresql", "name": "db" });
    let database = started(&world, "databases.create", database).await;
    let size = Arrangement { volume_bytes: Some(8192), ..Arrangement::default() };
    arrange(&world, &database, size);
    let answer = expect_success(&world, "apps.volumes.list", json!({ "uuid": database })).await;
    let volumes = answer["volumes"].as_array().expect("a list");
    assert_eq!(volumes.len(), 1, "{answer}");
    assert_eq!(volumes[0]["name"], format!("postgres-data-{database}"));
    assert_eq!(
        (&volumes[0]["sizeBytes"], &volumes[0]["isAnonymous"]),
        (&json!(8192), &json!(false))
    );
    assert_eq!(volumes[0]["mounts"][0]["path"], "/var/lib/postgresql/data", "{answer}");
}

/// Docker walks the files of all volumes of the host for their sizes.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_lists_of_two_tenants_make_docker_measure_the_volumes_once() {
    let world = World::embedded().await;
    let database = json!({ "type": "postgresql", "name": "db" });
    let mut lists = Vec::new();
    for member in [&world.mark, &world.justine] {
        let made = member.agent.compact("databases.create", &database).await.expect("a database");
        lists.push((member, json!({ "uuid": made["uuid"] })));
    }
    world.coolify.advance(Duration::from_mins(1));
    let engine = world.docker.as_ref().expect("an engine");
    engine.clear_requests();
    let calls = (0..20).map(|number| {
        let (member, params) = &lists[number % 2];
        member.agent.compact("apps.volumes.list", params)
    });
    for answer in join_all(calls).await {
        let answer = answer.expect("a list");
        assert!(answer["volumes"][0]["sizeBytes"].is_u64(), "{answer}");
    }
    let asked = engine.requests();
    let measured = asked.iter().filter(|request| request.path.ends_with("/system/df"));
    assert_eq!(measured.count(), 1, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_volumes_has_an_empty_list() {
    let world = World::embedded().await;
    let params = json!({ "image": "nginx:1.27", "name": "idle", "instantDeploy": false });
    let app = started(&world, "apps.create", params).await;
    let answer = expect_success(&world, "apps.volumes.list", json!({ "uuid": app })).await;
    assert_eq!(answer["volumes"], json!([]), "{answer}");
    assert!(answer["hint"].is_string(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_of_another_workspace_are_not_listed() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let params = json!({ "uuid": app });
    let answer = world.justine.agent.compact_raw("apps.volumes.list", &params).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    let unknown =
        call_refused(&world, "apps.volumes.list", json!({ "uuid": "a".repeat(24) })).await;
    assert_eq!(unknown.status, 404, "{}", unknown.text);
}
