//! `apps.rewire_git`: the canonical clone URL with the current token, whatever was there before.

use covibe_sandbox::coolify::Version;
use covibe_testkit::git::clones;
use serde_json::json;

use super::fixture::{Ground, STACK, served_world, text, world};
use crate::support::CallStyle;
use crate::support::workspace_resources::repository;

async fn clone_url(ground: &Ground<'_>, uuid: &str) -> String {
    text(&ground.application(uuid).await["git_repository"])
}

async fn put(ground: &Ground<'_>, uuid: &str, url: &str) {
    let body = json!({ "git_repository": url });
    ground.coolify("PATCH", &format!("/applications/{uuid}"), &body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_clone_url_is_replaced_by_the_canonical_one_on_every_surface_and_release() {
    for version in Version::ALL {
        let world = served_world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.repo_app("site").await;
        let canonical = clone_url(&ground, &uuid).await;
        let host = world.gitea.url.trim_start_matches("http://").to_owned();
        let old = [
            "git@127.0.0.1:vibn-mark/site.git".to_owned(),
            "ssh://git@127.0.0.1:2222/vibn-mark/site.git".to_owned(),
            "git@127.0.0.1:2222/vibn-mark/site".to_owned(),
            format!("http://mark-bot:0123456789@{host}/vibn-mark/site.git"),
            "vibn-mark/site".to_owned(),
        ];
        for (old, via) in old.iter().zip(CallStyle::ALL) {
            put(&ground, &uuid, old).await;
            let params = json!({ "uuid": uuid });
            let (status, answer) = ground.call_by(via, "apps.rewire_git", &params).await;
            assert_eq!(status, 200, "{old} on {}: {answer}", version.text());
            let expected = json!({ "uuid": uuid, "repo": "site", "branch": "main", "changed": true,
                                   "cloneUrl": format!("{}/vibn-mark/site.git", world.gitea.url) });
            assert_eq!(answer, expected);
            assert_eq!(clone_url(&ground, &uuid).await, canonical);
            let again = ground.call_ok("apps.rewire_git", params).await;
            assert_eq!(again["changed"], false);
        }
        assert!(clones(&canonical).await);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rewiring_to_another_repository_uses_its_default_branch_if_needed() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    repository(ground.agent(), "other").await;
    let answer =
        ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": "vibn-mark/other" })).await;
    assert_eq!(
        (&answer["repo"], &answer["branch"], answer.get("hint")),
        (&json!("other"), &json!("main"), None)
    );
    let body = json!({ "git_branch": "feature/x" });
    ground.coolify("PATCH", &format!("/applications/{uuid}"), &body).await;
    let answer = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": "site" })).await;
    assert_eq!(answer["branch"], "main");
    assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("feature/x")), "{answer}");
    // One that the other repository has is kept.
    let branch = json!({ "new_branch_name": "feature/y" });
    ground.gitea("other", "branches", &branch).await;
    let body = json!({ "git_branch": "feature/y" });
    ground.coolify("PATCH", &format!("/applications/{uuid}"), &body).await;
    let answer = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": "other" })).await;
    assert_eq!((&answer["branch"], answer.get("hint")), (&json!("feature/y"), None), "{answer}");
    ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": "site" })).await;
    let app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!((&app["repo"], &app["branch"]), (&json!("site"), &json!("main")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_not_rewired_to_a_missing_or_foreign_repository() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let before = clone_url(&ground, &uuid).await;
    let rewire = |repo: &str| json!({ "uuid": uuid, "repo": repo });
    ground.call_refused("apps.rewire_git", rewire("no-such"), 404).await;
    ground.call_refused("apps.rewire_git", rewire("vibn-justine/site"), 403).await;
    ground.call_refused("apps.rewire_git", rewire("../etc"), 403).await;
    for (uuid, member) in
        [(ground.image_app("web").await, "image"), (ground.stack("crm", STACK).await, "composeRaw")]
    {
        let refused = ground.call_refused("apps.rewire_git", json!({ "uuid": uuid }), 400).await;
        assert!(refused["hint"].to_string().contains(member), "{refused}");
    }
    assert_eq!(clone_url(&ground, &uuid).await, before);
    put(&ground, &uuid, "https://github.com/vibn-mark/site.git").await;
    let refused = ground.call_refused("apps.rewire_git", json!({ "uuid": uuid }), 400).await;
    assert!(refused["hint"].to_string().contains("repo"), "{refused}");
    put(&ground, &uuid, "git@127.0.0.1:vibn-justine/site.git").await;
    ground.call_refused("apps.rewire_git", json!({ "uuid": uuid }), 403).await;
}

/// `apps.deploy` takes no repository.
#[tokio::test(flavor = "multi_thread")]
async fn the_hint_about_a_foreign_clone_url_can_be_followed() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    put(&ground, &uuid, "https://github.com/vibn-mark/site.git").await;
    let refused = ground.call_refused("apps.deploy", json!({ "uuid": uuid }), 400).await;
    assert!(refused["hint"].to_string().contains("apps.rewire_git with `repo`"), "{refused}");
    ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": "site" })).await;
    ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewire_during_a_token_rotation_leaves_a_working_clone_url() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let (path, rotate) = ("/api/workspaces/mark/provision", json!({ "rotate": ["clone"] }));
    let (rotated, rewired) = tokio::join!(
        ground.agent().json("POST", path, &rotate),
        ground.call("apps.rewire_git", json!({ "uuid": uuid })),
    );
    assert!(rotated.status < 300, "{}", rotated.text);
    assert_eq!(rewired.0, 200, "{}", rewired.1);
    let url = clone_url(&ground, &uuid).await;
    assert!(clones(&url).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rewiring_to_another_repository_drops_the_pinned_commit() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.repo_app("site").await;
        repository(ground.agent(), "other").await;
        let commit = ground.tip("site").await;
        let pinned = json!({ "uuid": uuid, "patch": { "commit": commit } });
        ground.call_ok("apps.update", pinned).await;
        put(&ground, &uuid, "git@127.0.0.1:vibn-mark/site.git").await;
        ground.call_ok("apps.rewire_git", json!({ "uuid": uuid })).await;
        assert_eq!(ground.application(&uuid).await["git_commit_sha"], commit, "it is its own");
        ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": "other" })).await;
        let (application, tip) = (ground.application(&uuid).await, ground.tip("other").await);
        assert_eq!(application["git_commit_sha"], tip);
        assert_eq!(application["watch_paths"], format!("co-vibe/branch/{tip}"), "it follows");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rewiring_an_app_without_a_branch_sets_the_default_branch() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let none = json!({ "git_branch": "" });
    ground.coolify("PATCH", &format!("/applications/{uuid}"), &none).await;
    let answer = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid })).await;
    let told = (&answer["branch"], &answer["changed"], answer.get("hint"));
    assert_eq!(told, (&json!("main"), &json!(true), None), "{answer}");
    assert_eq!(ground.application(&uuid).await["git_branch"], "main");
}
