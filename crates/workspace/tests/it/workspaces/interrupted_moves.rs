//! A move to another tenant whose process died before the workspace's credentials were replaced.

use covibe_domain::TenantId;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::WorkspaceRecord;
use covibe_testkit::World;
use covibe_workspace::Platform;
use serde_json::json;

use super::rotation::clonable_apps::from_repository;
use super::rotation::{bot, pat};
use super::{on_each_database, provision_with, quick_world};

/// Moves `mark` to the tenant of `justine`, as a process does that dies then. Returns that tenant.
async fn move_only(world: &World) -> TenantId {
    let to = world.justine.record.tenant.clone();
    let moved = world.platform.move_workspace(&world.mark.record, &to).await;
    moved.expect("a move");
    to
}

/// Returns the status with which Gitea answers somebody with this token.
async fn status(world: &World, token: &str) -> u16 {
    bot(world, token).send("GET", "/user", &[], None).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_replaces_the_tokens_that_an_interrupted_move_left() {
    on_each_database(async |world| {
        // An app that is deployed by pushes.
        from_repository(&world.mark.agent, "site").await;
        let known = pat(&world.mark.agent).await;
        let to = move_only(world).await;
        let moved = WorkspaceRecord { tenant: to, ..world.mark.record.clone() };
        assert_eq!(status(world, &known).await, 200);
        assert!(world.platform.is_move_unfinished(&moved).await.expect("an answer"));
        Platform::finish_replacements(&world.platform).await.expect("the replacements");
        assert_eq!(status(world, &known).await, 401, "the former tenant's token works");
        assert!(!world.platform.is_move_unfinished(&moved).await.expect("an answer"));
        world.gitea.clear_requests();
        Platform::finish_replacements(&world.platform).await.expect("the replacements");
        let changes = world.gitea.requests().into_iter().filter(|one| one.method != "GET");
        assert_eq!(changes.count(), 0, "nothing is left to replace");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_provisioning_replaces_the_tokens_that_an_interrupted_move_left() {
    on_each_database(async |world| {
        let known = pat(&world.mark.agent).await;
        let to = move_only(world).await;
        let moved = WorkspaceRecord { tenant: to, ..world.mark.record.clone() };
        let ready = covibe_workspace::provision(&world.platform, moved).await;
        assert_eq!(ready.expect("a ready workspace").tenant, world.justine.record.tenant);
        assert_eq!(status(world, &known).await, 401, "the former tenant's token works");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_repeat_a_rotation_that_failed() {
    let world = quick_world().await;
    from_repository(&world.mark.agent, "site").await;
    let known = pat(&world.mark.agent).await;
    let refused = Fault::new(Name::Status).status(403).on("POST", "/users/*/tokens$");
    world.gitea.arm(refused.times(u32::MAX));
    let answer = provision_with(&world.mark.agent, &json!({ "rotate": ["pat"] })).await;
    world.gitea.disarm();
    assert_ne!(answer.status, 200, "{}", answer.text);
    Platform::finish_replacements(&world.platform).await.expect("the replacements");
    assert_eq!(status(&world, &known).await, 200);
    world.stop().await;
}
