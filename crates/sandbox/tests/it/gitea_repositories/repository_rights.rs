//! Rights to clone and push repositories.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use super::{Bot, error_text};
use crate::simulator_client::Client;

/// Runs `git ls-remote`, which must fail, and returns git's messages.
fn ls_remote_error(bot: &Bot, url: &str) -> String {
    let output = bot.try_git(&["ls-remote", url]);
    assert!(!output.status.success(), "{url} was accepted");
    error_text(&output)
}

/// Sends a request without normalising its path, and returns the whole answer.
fn raw(bot: &Bot, path: &str) -> String {
    let host = bot.client.simulator.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_private_repository_needs_a_valid_token() {
    let mut bot = Bot::new().await;
    bot.repository("site", true).await;
    assert!(bot.git(&["ls-remote", &bot.url("site")]).contains("refs/heads/main"));
    let wrong = bot.url_by("vibn-mark/site", &"0".repeat(40));
    assert!(ls_remote_error(&bot, &wrong).contains("Authentication failed"));
    let anonymous = format!("{}/vibn-mark/site.git", bot.client.simulator.url);
    assert!(ls_remote_error(&bot, &anonymous).contains("could not read Username"));
    let asked = raw(&bot, "/vibn-mark/site.git/info/refs?service=git-upload-pack");
    assert!(asked.starts_with("HTTP/1.1 401"), "{asked}");
    assert!(asked.to_lowercase().contains("www-authenticate: basic realm=\"gitea\""), "{asked}");
    bot.become_admin();
    let admin = bot.client.simulator.token.expose().to_owned();
    bot.client.authorization = Some(crate::simulator_client::basic("operator", &admin));
    assert_eq!(bot.client.delete("/users/mark-bot/tokens/covibe").await.status, 204);
    let dead = ls_remote_error(&bot, &bot.url("site"));
    assert!(dead.contains("Authentication failed") && !dead.contains(&bot.token), "{dead}");
}

#[tokio::test]
async fn a_token_is_accepted_as_user_or_as_password() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let host = bot.client.simulator.url.trim_start_matches("http://");
    for userinfo in [
        format!("anybody:{}", bot.token),
        format!("{}:", bot.token),
        format!("{}:x-oauth-basic", bot.token),
    ] {
        bot.git(&["ls-remote", &format!("http://{userinfo}@{host}/vibn-mark/site.git")]);
    }
    bot.git(&["ls-remote", &format!("http://mark-bot:{}@{host}/Vibn-Mark/SITE", bot.token)]);
}

#[tokio::test]
async fn repositories_of_other_tenants_are_not_found_by_git() {
    let bot = Bot::new().await;
    for path in ["vibn-elsewhere/secret", "vibn-mark/missing", "nobody/nothing"] {
        let told = ls_remote_error(&bot, &bot.url_by(path, &bot.token));
        assert!(told.contains("not found"), "{path}: {told}");
    }
    let target = bot.url_by("vibn-elsewhere/secret", &bot.token);
    bot.git(&["init", "--quiet", "work"]);
    bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "Begin"]);
    for url in [target, bot.url("never-made")] {
        assert!(!bot.try_git(&["-C", "work", "push", &url, "HEAD:main"]).status.success());
    }
    assert_eq!(bot.client.get("/repos/vibn-mark/never-made").await.status, 404);
}

#[tokio::test]
async fn everybody_reads_a_public_repository_and_only_owners_push() {
    let mut bot = Bot::new().await;
    bot.become_admin();
    bot.client.post("/orgs", json!({ "username": "open" })).await;
    let body = json!({ "name": "book", "auto_init": true });
    assert_eq!(bot.client.post("/orgs/open/repos", body.clone()).await.status, 201);
    // The bot's organisation is private, and so are its public repositories.
    assert_eq!(bot.client.post("/orgs/vibn-mark/repos", body).await.status, 201);
    let at = |path: &str| format!("{}/{path}.git", bot.client.simulator.url);
    bot.git(&["clone", "--quiet", &at("open/book"), "work"]);
    ls_remote_error(&bot, &at("vibn-mark/book"));
    bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "More"]);
    let anonymous = bot.try_git(&["-C", "work", "push", "origin", "HEAD"]);
    assert!(error_text(&anonymous).contains("could not read Username"), "{anonymous:?}");
    let stranger = bot.url_by("open/book", &bot.token);
    let stranger = bot.try_git(&["-C", "work", "push", &stranger, "HEAD"]);
    assert!(error_text(&stranger).contains("403"), "{stranger:?}");
}

#[tokio::test]
async fn token_scopes_limit_cloning_and_pushing() {
    let bot = Bot::with(json!(["read:repository", "write:organization"])).await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "More"]);
    let pushed = bot.try_git(&["-C", "work", "push", "origin", "HEAD"]);
    assert!(error_text(&pushed).contains("403"), "{pushed:?}");
    let none = Bot::with(json!(["write:organization"])).await;
    none.repository("site", true).await;
    assert!(ls_remote_error(&none, &none.url("site")).contains("403"));
}

#[tokio::test]
async fn an_archived_repository_is_read_only() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let archived = bot.client.patch("/repos/vibn-mark/site", json!({ "archived": true })).await;
    assert_eq!((archived.status, &archived.json()["archived"]), (200, &json!(true)));
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "More"]);
    assert!(!bot.try_git(&["-C", "work", "push", "origin", "HEAD"]).status.success());
    let path = "/repos/vibn-mark/site/contents/a.txt";
    let body = json!({ "content": super::base64("a") });
    assert_eq!(bot.client.post(path, body).await.status, 423);
}

#[tokio::test]
async fn git_paths_outside_of_the_clone_and_push_services_are_refused() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let query = "info/refs?service=git-upload-pack";
    for path in [
        format!("/vibn-mark/../vibn-mark/site.git/{query}"),
        format!("/vibn-mark/%2e%2e/vibn-mark/site.git/{query}"),
        format!("/vibn-mark/..%2f..%2fetc/{query}"),
        format!("/../1.git/{query}"),
        "/vibn-mark/site.git/config".to_owned(),
        "/vibn-mark/site.git/objects/../config".to_owned(),
        "/vibn-mark/site.git/HEAD".to_owned(),
        "/vibn-mark/site.git/info/refs".to_owned(),
        "/vibn-mark/site.git/info/refs?service=git-upload-archive".to_owned(),
        "/vibn-mark/site.git/info/refs?service=../../bin/sh".to_owned(),
    ] {
        let answer = raw(&bot, &path);
        let status = answer.get(9..12).unwrap();
        assert!(["400", "401", "404"].contains(&status), "{path}: {answer}");
        assert!(!answer.contains("[core]") && !answer.contains("refs/heads"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_user_prohibited_from_login_cannot_clone() {
    let mut bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.become_admin();
    let body = json!({ "login_name": "mark-bot", "source_id": 0, "prohibit_login": true });
    assert_eq!(bot.client.patch("/admin/users/mark-bot", body).await.status, 200);
    assert!(ls_remote_error(&bot, &bot.url("site")).contains("403"));
}

#[tokio::test]
async fn faults_match_git_requests_and_their_record_contains_no_token() {
    use covibe_sandbox::faults::{Fault, Name};
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let fault = Fault::new(Name::Status).on("GET", "/vibn-mark/site.git/info/refs").status(503);
    bot.client.simulator.arm(fault);
    assert!(ls_remote_error(&bot, &bot.url("site")).contains("503"));
    bot.git(&["ls-remote", &bot.url("site")]);
    let log = Client::send(bot.client.request("GET", "/__sandbox/requests")).await;
    assert!(log.text.contains("/vibn-mark/site.git/git-upload-pack"));
    assert!(!log.text.contains(&bot.token));
}
