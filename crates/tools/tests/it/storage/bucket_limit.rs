//! The limit of a tenant's buckets.

use covibe_sandbox::google::Collection;
use covibe_store::Backend;
use covibe_testkit::{Agent, Options, World};
use covibe_workspace::remove_storage;
use serde_json::json;

use super::{expect_failure, expect_success, provision};

/// Starts a world whose tenants may have so many buckets.
async fn limited_world(backend: Backend, limit: u64) -> Option<World> {
    let options = Options { backend, ..Options::default() };
    World::start(options.with_settings(|it| it.buckets_per_tenant = limit)).await
}

/// Creates the bucket of an agent's workspace.
async fn provision_bucket(agent: &Agent) {
    agent.compact("storage.provision", &json!({})).await.expect("a bucket");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_third_bucket_is_refused_at_a_limit_of_two_on_both_databases() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited_world(backend, 2).await else { continue };
        let second = world.sibling(&world.mark, "second").await;
        let third = world.sibling(&world.mark, "third").await;
        provision(&world).await;
        provision_bucket(&second.agent).await;
        for _ in 0..2 {
            let told = expect_failure(&third.agent, "storage.provision", &json!({}), 409).await;
            let setting = "COVIBE_STORAGE_BUCKETS_PER_TENANT";
            assert!(told.text.contains("(2)") && told.text.contains(setting), "{}", told.text);
        }
        let told = third.agent.compact("storage.describe", &json!({})).await.expect("none");
        assert_eq!(told, json!({ "status": "none", "apps": [] }));
        let made = [Collection::Accounts, Collection::Buckets].map(|it| world.cloud.count(it));
        assert_eq!(made, [2, 2], "nothing was created");
        // The bucket of a workspace can still be repaired, and another tenant has a limit of its own.
        expect_success(&world, "storage.provision", json!({ "rotate": true })).await;
        provision_bucket(&world.justine.agent).await;
        let google = world.google_storage();
        remove_storage(&world.store, Some(&google), &second.record).await.expect("an end");
        provision_bucket(&third.agent).await;
        assert_eq!(world.cloud.count(Collection::Buckets), 3);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_of_a_tenants_workspaces_get_no_bucket_above_the_limit() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited_world(backend, 1).await else { continue };
        let second = world.sibling(&world.mark, "second").await;
        let params = json!({});
        let [one, other] = [&world.mark.agent, &second.agent]
            .map(|agent| agent.compact_raw("storage.provision", &params));
        let (one, other) = tokio::join!(one, other);
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.text, other.text);
        assert_eq!(world.cloud.count(Collection::Accounts), 1);
        world.stop().await;
    }
}
