//! Creating and cloning repositories as a workspace's agent does.

use serde_json::{Value, json};

use crate::agent::Agent;

/// Returns the answer of `gitea.credentials`.
pub async fn access(agent: &Agent) -> Value {
    agent.compact("gitea.credentials", &json!({})).await.expect("credentials")
}

/// Creates a repository in the workspace's organisation with the bot's token, and returns its name.
pub async fn repository(agent: &Agent, name: &str) -> String {
    let access = access(agent).await;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    let org = access["workspace"]["giteaOrg"].as_str().expect("an organisation");
    let git = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
    let body = json!({ "name": name, "private": true, "auto_init": true });
    let created = git.json("POST", &format!("/orgs/{org}/repos"), &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    name.to_owned()
}

/// Whether git could clone from this URL with the credentials in it: sends the first request of a
/// clone and checks that it succeeds.
pub async fn clones(url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = rest.split_once('/').expect("a path");
    let git = Agent::new(&format!("{scheme}://{authority}"), "", None);
    let path = format!("/{path}/info/refs?service=git-upload-pack");
    git.send("GET", &path, &[], None).await.status == 200
}
