//! Clones over SSH by the deploy key of a repository.

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

use super::Bot;
use crate::simulator_client::Coolify;

/// Returns the private and the public half of a key.
fn pair(seed: u8) -> (String, String) {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
    let private = key.to_openssh(LineEnding::LF).unwrap().to_string();
    (private, key.public_key().to_openssh().unwrap())
}

/// Returns the clone URL of a repository over SSH, as Coolify reads it.
fn url(bot: &Bot, name: &str) -> String {
    let host = bot.client.simulator.url.trim_start_matches("http://");
    format!("git@{host}/vibn-mark/{name}.git")
}

/// Creates an application that clones a repository with this private key.
async fn app(coolify: &Coolify, url: &str, private_key: &str) -> String {
    let key = json!({ "name": "key", "private_key": private_key });
    let mut body = coolify.app("site");
    body["git_repository"] = json!("git@git.invalid:vibn-mark/site.git");
    body["private_key_uuid"] = json!(coolify.uuid("/security/keys", key).await);
    let uuid = coolify.uuid("/applications/private-deploy-key", body).await;
    let path = format!("/applications/{uuid}");
    let changed = coolify.patch(&path, json!({ "git_repository": url })).await;
    assert_eq!(changed.status, 200);
    uuid
}

async fn deploy_and_wait(coolify: &Coolify, app: &str, status: &str) -> Value {
    let uuid = coolify.deploy(app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.wait_for_status(&uuid, status).await
}

async fn open(bot: &Bot, name: &str, public_key: &str) {
    let body = json!({ "title": "clone", "key": public_key, "read_only": true });
    let added = bot.client.post(&format!("/repos/vibn-mark/{name}/keys"), body).await;
    assert_eq!(added.status, 201, "{}", added.text);
}

#[tokio::test]
async fn an_app_is_cloned_over_ssh_only_with_a_deploy_key_of_its_repository() {
    let bot = Bot::new().await;
    for name in ["site", "shop"] {
        bot.repository(name, true).await;
        bot.git(&["clone", "--quiet", &bot.url(name), name]);
        bot.push(name, "package.json", r#"{"scripts":{"start":"node ."}}"#);
    }
    let coolify = Coolify::on_release(Version::V4_3).await;
    let (private, public) = pair(1);
    let site = app(&coolify, &url(&bot, "site"), &private).await;
    let denied = deploy_and_wait(&coolify, &site, "failed").await["logs"].to_string();
    assert!(denied.contains("git@127.0.0.1: Permission denied (publickey)."), "{denied}");
    assert!(denied.contains("Could not read from remote repository."), "{denied}");
    open(&bot, "shop", &public).await;
    let foreign = deploy_and_wait(&coolify, &site, "failed").await["logs"].to_string();
    assert!(foreign.contains("Key is not authorized") && !foreign.contains("denied"), "{foreign}");
    open(&bot, "site", &public).await;
    let built = deploy_and_wait(&coolify, &site, "finished").await;
    assert_eq!(built["commit"], bot.git(&["-C", "site", "rev-parse", "HEAD"]));
}

#[tokio::test]
async fn an_app_without_a_key_is_not_cloned_over_ssh() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let coolify = Coolify::on_release(Version::V4_3).await;
    let site = coolify.uuid("/applications/public", coolify.app("site")).await;
    let body = json!({ "git_repository": url(&bot, "site") });
    assert_eq!(coolify.patch(&format!("/applications/{site}"), body).await.status, 200);
    let log = deploy_and_wait(&coolify, &site, "failed").await["logs"].to_string();
    assert!(log.contains("Permission denied (publickey)"), "{log}");
}
