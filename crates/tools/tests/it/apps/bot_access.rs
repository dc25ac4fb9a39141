//! Repositories are read as the bot: what is wrong with its access is told with what to do.

use covibe_testkit::World;
use serde_json::{Value, json};

use super::fixture::Ground;
use crate::support::workspace_resources::repository;

/// Checks that every call that needs the bot answers 503 with this word in its hint.
async fn all_say(ground: &Ground<'_>, uuid: &str, word: &str) {
    for (tool, params) in [
        ("apps.create", json!({ "repo": "site", "name": "again" })),
        ("apps.rewire_git", json!({ "uuid": uuid })),
        ("apps.deploy", json!({ "uuid": uuid })),
        ("gitea.credentials", json!({})),
    ] {
        let refused = ground.call_refused(tool, params, 503).await;
        assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains(word)), "{refused}");
    }
    let described = ground.call_ok("workspace.describe", json!({})).await;
    assert!(described["hint"].as_str().is_some_and(|hint| hint.contains(word)), "{described}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_with_a_revoked_bot_token_hint_at_provisioning() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    world.operator().strip("mark-bot", "tokens").await;
    all_say(&ground, &uuid, "/provision").await;
    let again = ground.agent().json("POST", "/api/workspaces/mark/provision", &json!({})).await;
    assert!(again.status < 300, "{}", again.text);
    ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
    assert_eq!(ground.call_ok("workspace.describe", json!({})).await.get("hint"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_bot_is_reported_as_a_matter_for_the_operator() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let lock = json!({ "login_name": "mark-bot", "source_id": 0, "prohibit_login": true });
    world.operator().gitea("PATCH", "/admin/users/mark-bot", &lock).await;
    all_say(&ground, &uuid, "operator").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_outside_its_organisation_is_distinguished_from_a_missing_repository() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    repository(ground.agent(), "site").await;
    let uuid = ground.repo_app("other").await;
    world.operator().oust("vibn-mark", "mark-bot").await;
    all_say(&ground, &uuid, "/provision").await;
    ground.call_refused("apps.create", json!({ "repo": "absent" }), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_gitea_does_not_change_the_workspace_description() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let fault = covibe_sandbox::faults::Fault::new(covibe_sandbox::faults::Name::Status);
    world.gitea.arm(fault.times(u32::MAX));
    let described =
        ground.call_ok("workspace.describe", Value::Object(serde_json::Map::new())).await;
    assert_eq!((&described["provisionStatus"], described.get("hint")), (&json!("ready"), None));
}
