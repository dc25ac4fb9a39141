//! Deployments by a Coolify that really checks the repository out.

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use super::Bot;
use crate::simulator_client::{Coolify, basic};

/// Creates an application that clones that URL.
async fn app(coolify: &Coolify, url: &str, branch: &str, commit: &str) -> String {
    let uuid = coolify.uuid("/applications/public", coolify.app("site")).await;
    let body = json!({ "git_repository": url, "git_branch": branch, "git_commit_sha": commit });
    let changed = coolify.patch(&format!("/applications/{uuid}"), body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    uuid
}

/// Creates the repository `site` with a program that can be built; its clone is `work`.
async fn program(bot: &Bot) {
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.push("work", "package.json", r#"{"scripts":{"start":"node ."}}"#);
}

async fn deploy_and_wait(coolify: &Coolify, app: &str, status: &str) -> Value {
    let uuid = coolify.deploy(app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.wait_for_status(&uuid, status).await
}

/// Returns the visible lines of a deployment's log.
fn visible_log(deployment: &Value) -> String {
    let lines: Vec<Value> = serde_json::from_str(deployment["logs"].as_str().unwrap()).unwrap();
    let visible = lines.iter().filter(|line| line["hidden"] == false);
    visible.map(|line| line["output"].as_str().unwrap().to_owned() + "\n").collect()
}

#[tokio::test]
async fn a_deployment_reports_the_commit_that_it_checked_out() {
    let bot = Bot::new().await;
    program(&bot).await;
    let first = bot.git(&["-C", "work", "rev-parse", "HEAD"]);
    bot.push("work", "a.txt", "a");
    let tip = bot.git(&["-C", "work", "rev-parse", "HEAD"]);
    let coolify = Coolify::on_release(Version::V4_3).await;
    let site = app(&coolify, &bot.url("site"), "main", "HEAD").await;
    assert_eq!(deploy_and_wait(&coolify, &site, "finished").await["commit"], tip);
    let status = coolify.get(&format!("/applications/{site}")).await.json()["status"].clone();
    assert_eq!(status, "running:unknown");
    // A commit that is not the tip of a branch.
    let old = app(&coolify, &bot.url("site"), "main", &first).await;
    assert_eq!(deploy_and_wait(&coolify, &old, "finished").await["commit"], first);
}

#[tokio::test]
async fn a_failed_clone_logs_gits_message_without_credentials() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.repository("empty", false).await;
    let coolify = Coolify::on_release(Version::V4_3).await;
    let dead = "0123456789012345678901234567890123456789";
    for (url, branch, commit, words) in [
        (bot.url_by("vibn-mark/site", dead), "main", "HEAD", "fatal: Authentication failed"),
        (bot.url_by("vibn-elsewhere/secret", &bot.token), "main", "HEAD", "not found"),
        (bot.url("missing"), "main", "HEAD", "not found"),
        (bot.url("site"), "gone", "HEAD", "fatal: Remote branch gone not found in upstream origin"),
        (bot.url("empty"), "main", "HEAD", "fatal: Remote branch main not found"),
        (bot.url("site"), "main", dead, "not our ref"),
        (format!("http://a:{dead}@127.0.0.1:9/o/r.git"), "main", "HEAD", "fatal: unable to access"),
    ] {
        let site = app(&coolify, &url, branch, commit).await;
        let failed = deploy_and_wait(&coolify, &site, "failed").await;
        let log = visible_log(&failed);
        assert!(log.contains(words), "{url}: {log}");
        let password = url.split([':', '@']).nth(2).unwrap();
        assert!(password.len() == 40 && (commit == password || !log.contains(password)), "{log}");
        let status = coolify.get(&format!("/applications/{site}")).await.json()["status"].clone();
        assert_eq!(status, "exited:unhealthy");
    }
}

#[tokio::test]
async fn a_revoked_token_fails_the_next_deployment() {
    let mut bot = Bot::new().await;
    program(&bot).await;
    let coolify = Coolify::on_release(Version::V4_3).await;
    let site = app(&coolify, &bot.url("site"), "main", "HEAD").await;
    deploy_and_wait(&coolify, &site, "finished").await;
    let admin = bot.client.simulator.token.expose().to_owned();
    bot.client.authorization = Some(basic("operator", &admin));
    assert_eq!(bot.client.delete("/users/mark-bot/tokens/covibe").await.status, 204);
    let failed = deploy_and_wait(&coolify, &site, "failed").await;
    assert!(visible_log(&failed).contains("Authentication failed"), "{}", visible_log(&failed));
    // The previous container keeps running.
    let status = coolify.get(&format!("/applications/{site}")).await.json()["status"].clone();
    assert_eq!(status, "running:unknown");
}

#[tokio::test]
async fn a_slow_git_server_delays_only_the_deployment() {
    use covibe_sandbox::faults::{Fault, Name};
    let bot = Bot::new().await;
    program(&bot).await;
    let delay = Fault::new(Name::Delay).on("GET", "/vibn-mark/site.git/info/refs");
    bot.client.simulator.arm(delay.delay(std::time::Duration::from_millis(700)));
    let coolify = Coolify::on_release(Version::V4_3).await;
    let site = app(&coolify, &bot.url("site"), "main", "HEAD").await;
    let uuid = coolify.deploy(&site).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.simulator.advance(coolify.pace * 3);
    let waiting = coolify.get(&format!("/deployments/{uuid}")).await.json();
    assert_eq!(waiting["status"], "in_progress");
    assert!(!visible_log(&waiting).contains("Building"), "{}", visible_log(&waiting));
    coolify.wait_for_status(&uuid, "finished").await;
}
