//! Git's credential helper: no file holds the token, and a rotation goes unnoticed.

use covibe_testkit_http::git::{access, repository};
use covibe_testkit_http::{Agent, World};
use serde_json::{Value, json};

use super::fetch_script;
use super::fixture::{Ground, shells};

/// Where a repository is cloned from, without the token.
fn clone_url(access: &Value, repo: &str) -> String {
    let template = access["gitea"]["cloneUrl"].as_str().expect("a URL");
    template.replace("{{repo}}", repo)
}

fn key(agent: &Agent) -> [(&'static str, &str); 1] {
    [("VIBN_API_KEY", agent.key.as_ref().expect("a key").expose())]
}

/// Replaces the bot's PAT.
async fn rotate(agent: &Agent) {
    let path = format!("/api/workspaces/{}/provision", agent.slug);
    let answer = agent.json("POST", &path, &json!({ "rotate": ["pat"] })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credential_helper_survives_token_rotations_without_storing_tokens() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    let script = fetch_script(agent).await;
    for shell in shells() {
        let ground = Ground::new();
        let ran = ground.run(shell, &script);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{shell:?}: {}", ran.out);
        let settings = ground.home(".gitconfig");
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.home(".gitconfig"), settings, "{shell:?}: a second time");

        let before = access(agent).await;
        ground.git_with(&key(agent), &["clone", "--quiet", &clone_url(&before, "site"), "site"]);
        rotate(agent).await;
        let git = |arguments: &[&str]| {
            ground.git_with(&key(agent), &[&["-C", "site"], arguments].concat())
        };
        git(&[
            "-c",
            "user.name=M",
            "-c",
            "user.email=m@example.com",
            "commit",
            "-qm",
            "Go",
            "--allow-empty",
        ]);
        git(&["push", "--quiet"]);
        let after = access(agent).await;
        for token in [&before, &after].map(|it| it["bot"]["token"].as_str().expect("a token")) {
            let found = ground.files_with(token);
            assert!(found.is_empty(), "{shell:?}: {found:?}");
        }
        assert!(ground.fails(&[], &["-C", "site", "fetch"]), "{shell:?}: it has no key");
        assert!(
            ground.fails(&key(&world.justine.agent), &["-C", "site", "fetch"]),
            "a foreign key"
        );

        assert_eq!(ground.undo(shell, &script).code, Some(0), "{shell:?}");
        assert!(!ground.home(".gitconfig").contains("git-credential"), "{shell:?}");
        assert!(ground.fails(&key(agent), &["-C", "site", "fetch"]), "{shell:?}: it is gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_credential_helper_is_reported_and_left_unchanged() {
    let world = World::embedded().await;
    let (script, access) = (fetch_script(&world.mark.agent).await, access(&world.mark.agent).await);
    let origin = clone_url(&access, "x");
    let origin = &origin[..origin.len() - "/vibn-mark/x.git".len()];
    for shell in shells() {
        let ground = Ground::new();
        let name = format!("credential.{origin}.helper");
        ground.git(&["config", "--global", &name, "store"]);
        let before = ground.home(".gitconfig");
        for _ in 0..2 {
            let ran = ground.run(shell, &script);
            assert_eq!(ran.code, Some(1), "{shell:?}: {}", ran.out);
            assert!(ran.err.contains("another credential helper"), "{shell:?}: {}", ran.err);
        }
        assert_eq!(ground.undo(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.home(".gitconfig"), before, "{shell:?}");
        // One that another origin left is replaced, also half of it.
        ground.git(&["config", "--global", &name, ""]);
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert!(ground.home(".gitconfig").contains("git-credential"), "{shell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clone_command_of_gitea_credentials_works_without_settings() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    let access = access(agent).await;
    let command = access["gitea"]["cloneCommand"].as_str().expect("a command");
    let command = command.replace("{{repo}}", "site");
    let ground = Ground::new();
    let ran = ground.run_with(&["sh"], &command, &key(agent));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    rotate(agent).await;
    ground.git_with(&key(agent), &["-C", "site", "fetch"]);
    let found = ground.files_with(access["bot"]["token"].as_str().expect("a token"));
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_git_credential_is_returned_only_to_the_workspaces_own_key() {
    let world = World::embedded().await;
    let (mark, path) = (&world.mark.agent, "/api/workspaces/mark/git-credential");
    let answer = mark.send("GET", path, &[], None).await;
    let access = access(mark).await;
    let (bot, token) = (&access["bot"]["username"], &access["bot"]["token"]);
    let lines = [bot, token].map(|it| it.as_str().expect("a text"));
    assert_eq!(answer.text, format!("username={}\npassword={}\n", lines[0], lines[1]));
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers["cache-control"], "no-store");
    for (agent, status) in [(mark.with_key(None), 401), (world.justine.agent.clone(), 403)] {
        assert_eq!(agent.send("GET", path, &[], None).await.status, status);
    }
}
