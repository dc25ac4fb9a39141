//! Repositories as a workspace's agent makes and clones them.

use serde_json::{Value, json};

use crate::agent::Agent;

/// What `gitea.credentials` gives an agent.
pub async fn access(agent: &Agent) -> Value {
    agent.compact("gitea.credentials", &json!({})).await.expect("credentials")
}

/// Makes a repository in the workspace's organisation as its agent would, and returns its name.
pub async fn repository(agent: &Agent, name: &str) -> String {
    let access = access(agent).await;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    let org = access["workspace"]["giteaOrg"].as_str().expect("an organisation");
    let git = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
    let body = json!({ "name": name, "private": true, "auto_init": true });
    let made = git.json("POST", &format!("/orgs/{org}/repos"), &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    name.to_owned()
}

/// Whether git would get something from this clone URL, with what stands in its userinfo: the
/// first request that it makes is answered.
pub async fn clones(url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = rest.split_once('/').expect("a path");
    let git = Agent::new(&format!("{scheme}://{authority}"), "", None);
    let path = format!("/{path}/info/refs?service=git-upload-pack");
    git.send("GET", &path, &[], None).await.status == 200
}
