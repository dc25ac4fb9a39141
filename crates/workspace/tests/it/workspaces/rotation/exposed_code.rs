//! Runners of Gitea Actions, public repositories and started transfers open code after a rotation too: they are listed.

use covibe_sandbox::gitea::Settings;
use covibe_testkit::git::repository;
use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

use super::leaked_tokens::{bot, pat};
use super::unmanaged_access::strangers;
use crate::workspaces::{provision_to_ready, quick_world, rotate_to_ready};

/// Registers a runner where this path leads, with the bot's token.
async fn register(world: &World, git: &Agent, path: &str, name: &str) {
    let path = format!("{path}/actions/runners/registration-token");
    let token = git.json("POST", &path, &json!({})).await.json()["token"].clone();
    let instance = Agent::new(&world.gitea.url, "", None);
    let runner = json!({ "name": name, "token": token, "labels": ["ubuntu"] });
    let path = "/api/actions/runner.v1.RunnerService/Register";
    let answer = instance.json("POST", path, &runner).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Makes the calls that remove what is listed.
async fn remove(git: &Agent, found: &[(String, String)]) {
    for (line, call) in found {
        let mut parts = call.splitn(3, ' ');
        let (method, path) = (parts.next().expect("a method"), parts.next().expect("a path"));
        let body = parts.next().map(|body| serde_json::from_str::<Value>(body).expect("JSON"));
        let answer = match body {
            Some(body) => git.json(method, path, &body).await,
            None => git.send(method, path, &[], None).await,
        };
        assert!((200..300).contains(&answer.status), "{line}: {call}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_that_outlive_a_rotation_are_listed_as_strangers() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    let git = bot(&world, &pat(agent).await);
    register(&world, &git, "/orgs/vibn-mark", "of-all").await;
    register(&world, &git, "/repos/vibn-mark/site", "of-one").await;
    let told = rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "with runners").await;
    let found = strangers(&told);
    let lines: Vec<_> = found.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines, ["runner of-all", "runner of-one"], "{told}");
    remove(&bot(&world, &pat(agent).await), &found).await;
    assert!(strangers(&provision_to_ready(agent, "removed").await).is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_that_gitea_cannot_list_are_reported_as_unknown() {
    let world = quick_world().await;
    world.gitea.set(Settings { runner_lists: false, ..Settings::default() });
    let told = provision_to_ready(&world.mark.agent, "without lists").await;
    let why = told["strangers"]["incomplete"].as_str().expect("a text");
    assert!(why.contains("does not list runners"), "{told}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_everybody_can_read_is_listed_as_a_stranger() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    let git = bot(&world, &pat(agent).await);
    git.json("PATCH", "/repos/vibn-mark/site", &json!({ "private": false })).await;
    let told = provision_to_ready(agent, "in a private organisation").await;
    assert!(strangers(&told).is_empty(), "{told}");
    git.json("PATCH", "/orgs/vibn-mark", &json!({ "visibility": "public" })).await;
    let found = strangers(&provision_to_ready(agent, "in a public organisation").await);
    assert_eq!(found.first().map(|(line, _)| line.as_str()), Some("public everybody reads"));
    remove(&git, &found).await;
    assert!(strangers(&provision_to_ready(agent, "private again").await).is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_transfer_of_a_repository_is_listed_as_a_stranger() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    world.operator().make_user("eve", "eve@else.test", false).await;
    let git = bot(&world, &pat(agent).await);
    let transfer = json!({ "new_owner": "eve" });
    let answer = git.json("POST", "/repos/vibn-mark/site/transfer", &transfer).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let told = rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "a transfer").await;
    let found = strangers(&told);
    let lines: Vec<_> = found.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines, ["transfer eve", "collaborator eve"], "{told}");
    assert!(found[0].1.starts_with("operator: cancel the transfer"), "{told}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_mirror_is_listed_as_a_stranger() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    let git = bot(&world, &pat(agent).await);
    let import = json!({ "clone_addr": "https://a:s3cret@evil.test/site.git", "repo_name": "site",
                         "repo_owner": "vibn-mark", "mirror": true });
    let answer = git.json("POST", "/repos/migrate", &import).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let told = rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "a mirror").await;
    let found = strangers(&told);
    let expected = ("pull_mirror evil.test", "DELETE /repos/vibn-mark/site");
    assert_eq!(found, [(expected.0.to_owned(), expected.1.to_owned())], "{told}");
    world.stop().await;
}
