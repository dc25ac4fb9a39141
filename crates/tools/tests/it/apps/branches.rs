//! Branches as callers name them: pushed a moment ago, missing, or something else.

use std::time::Duration;

use covibe_testkit::git::{access, push};
use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};

use super::fixture::{Ground, text};
use crate::support::workspace_resources::repository;

/// A world whose Gitea notices no push until its clock is moved.
async fn unnoticing(push_notice: Duration) -> World {
    let mut options = Options::default().with_settings(|it| it.push_notice = push_notice);
    options.gitea.notice_lag = Duration::from_hours(1);
    World::start(options).await.expect("SQLite is built in")
}

/// Creates an empty repository and pushes a first commit to this branch of it.
async fn pushed(ground: &Ground<'_>, repo: &str, branch: &str) -> String {
    let access = access(ground.agent()).await;
    let git = Agent::new(&text(&access["gitea"]["apiBase"]), "", None)
        .with_key(access["bot"]["token"].as_str());
    let org = text(&access["workspace"]["giteaOrg"]);
    let body = json!({ "name": repo, "private": true });
    assert_eq!(git.json("POST", &format!("/orgs/{org}/repos"), &body).await.status, 201);
    push(&access, repo, branch)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_can_be_created_right_after_the_first_push() {
    let world = unnoticing(Duration::from_secs(5)).await;
    let ground = Ground::new(&world, &world.mark);
    pushed(&ground, "site", "main").await;
    let made =
        ground.call_ok("apps.create", json!({ "repo": "site", "instantDeploy": false })).await;
    assert_eq!(made["branch"], "main");
    pushed(&ground, "other", "trunk").await;
    let params = json!({ "repo": "other", "branch": "trunk", "instantDeploy": false });
    assert_eq!(ground.call_ok("apps.create", params).await["branch"], "trunk");
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_create_waits_until_gitea_knows_the_first_pushed_branch() {
    let world = unnoticing(Duration::from_mins(1)).await;
    let ground = Ground::new(&world, &world.mark);
    pushed(&ground, "site", "trunk").await;
    let hold = world.gitea.hold("GET", "/repos/*/*/git/refs/heads$");
    let noticed = async {
        hold.arrived().await;
        world.gitea.advance(Duration::from_hours(2));
        drop(hold);
    };
    let params = json!({ "repo": "site", "instantDeploy": false });
    let (made, ()) = tokio::join!(ground.call_ok("apps.create", params), noticed);
    assert_eq!(made["branch"], "trunk");
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_create_lists_the_branches_if_the_default_one_does_not_exist() {
    let world = unnoticing(Duration::from_millis(20)).await;
    let ground = Ground::new(&world, &world.mark);
    pushed(&ground, "site", "trunk").await;
    let refused = ground.call_refused("apps.create", json!({ "repo": "site" }), 422).await;
    assert_eq!(refused["details"]["branches"], json!(["trunk"]), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_branch_is_rejected_with_similar_names() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    repository(ground.agent(), "site").await;
    ground.branches("site", &["feature/login", "origin/kept", "main2"]).await;
    let create = |branch: &str| json!({ "repo": "site", "branch": branch, "instantDeploy": false });
    let refused = ground.call_refused("apps.create", create("feature/log-in"), 422).await;
    assert!(
        refused["hint"].as_str().is_some_and(|hint| hint.contains("feature/login")),
        "{refused}"
    );
    assert_eq!(refused["details"]["fields"]["branch"], json!(["does not exist"]));
    ground.call_refused("apps.create", create("mai"), 422).await;
    for (written, branch) in [
        ("refs/heads/feature/login", "feature/login"),
        ("origin/main", "main"),
        ("origin/kept", "origin/kept"),
    ] {
        let name = format!("site-{}", branch.replace('/', "-"));
        let mut params = create(written);
        params["name"] = json!(name);
        assert_eq!(ground.call_ok("apps.create", params).await["branch"], branch);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_commits_are_rejected_as_branches_by_name() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let commit = pushed(&ground, "site", "main").await;
    let tag = json!({ "tag_name": "v1", "target": "main" });
    ground.gitea("site", "tags", &tag).await;
    for (branch, complaint) in
        [("v1", "is a tag"), (commit.as_str(), "is a commit"), (&commit[..8], "is a commit")]
    {
        let params = json!({ "repo": "site", "branch": branch });
        let refused = ground.call_refused("apps.create", params, 422).await;
        assert_eq!(refused["details"]["fields"]["branch"], json!([complaint]), "{refused}");
    }
    let uuid = text(&ground.call_ok("apps.create", json!({ "repo": "site" })).await["uuid"]);
    let update = |commit: &str| json!({ "uuid": uuid, "patch": { "commit": commit } });
    ground.call_refused("apps.update", update("0123456"), 422).await;
    let updated = ground.call_ok("apps.update", update(&commit[..7])).await;
    assert_eq!(updated["applied"], json!(["commit"]), "{updated}");
    assert_eq!(ground.application(&uuid).await["git_commit_sha"], json!(commit));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_whose_branch_is_gone_is_not_deployed() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    ground
        .call_refused("apps.update", json!({ "uuid": uuid, "patch": { "branch": "next" } }), 422)
        .await;
    ground.branches("site", &["next"]).await;
    let patch = json!({ "uuid": uuid, "patch": { "branch": "refs/heads/next" } });
    let updated = ground.call_ok("apps.update", patch).await;
    assert_eq!(updated["applied"], json!(["branch"]), "{updated}");
    assert_eq!(ground.application(&uuid).await["git_branch"], "next");
    let operator = world.operator();
    operator.gitea("DELETE", "/repos/vibn-mark/site/branches/next", &Value::Null).await;
    let refused = ground.call_refused("apps.deploy", json!({ "uuid": uuid }), 422).await;
    assert_eq!(refused["details"]["branches"], json!(["main"]), "{refused}");
    let rewired = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid })).await;
    assert_eq!((&rewired["branch"], &rewired["changed"]), (&json!("main"), &json!(true)));
    assert!(rewired["hint"].as_str().is_some_and(|hint| hint.contains("next")), "{rewired}");
    ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_app_name_is_derived_from_an_invalid_repository_name() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    repository(ground.agent(), "-dash").await;
    let made =
        ground.call_ok("apps.create", json!({ "repo": "-dash", "instantDeploy": false })).await;
    assert_eq!((&made["name"], &made["repo"]), (&json!("dash"), &json!("-dash")), "{made}");
}
