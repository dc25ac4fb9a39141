//! Creating and cloning repositories as a workspace's agent does.

use std::path::Path;
use std::process::Command;

use covibe_domain::boxed;
use serde_json::{Value, json};

use crate::agent::Agent;

/// Returns the answer of `gitea.credentials`.
#[boxed]
pub async fn access(agent: &Agent) -> Value {
    agent.compact("gitea.credentials", &json!({})).await.expect("credentials")
}

/// A `package.json` in Base64, by which a repository counts as a program.
const PACKAGE: &str = "eyJzY3JpcHRzIjp7InN0YXJ0Ijoibm9kZSAuIn19";

/// Creates a repository with a `package.json` in the workspace's organisation with the bot's token, and returns its
/// name.
#[boxed]
pub async fn repository(agent: &Agent, name: &str) -> String {
    let access = access(agent).await;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    let org = access["workspace"]["giteaOrg"].as_str().expect("an organisation");
    let git = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
    let body = json!({ "name": name, "private": true, "auto_init": true });
    let created = git.json("POST", &format!("/orgs/{org}/repos"), &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let path = format!("/repos/{org}/{name}/contents/package.json");
    let file = git.json("POST", &path, &json!({ "content": PACKAGE, "message": "Begin" })).await;
    assert_eq!(file.status, 201, "{}", file.text);
    name.to_owned()
}

/// Returns whether git could clone from this URL with the credentials in it: sends the first request of a clone and
/// checks that it succeeds.
#[boxed]
pub async fn clones(url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = rest.split_once('/').expect("a path");
    let git = Agent::new(&format!("{scheme}://{authority}"), "", None);
    let path = format!("/{path}/info/refs?service=git-upload-pack");
    git.send("GET", &path, &[], None).await.status == 200
}

/// Pushes a first commit, of a program, to a branch of an empty repository with git itself, with the answer of
/// `gitea.credentials`. Returns the commit's hash.
pub fn push(access: &Value, repo: &str, branch: &str) -> String {
    let template = access["gitea"]["cloneUrlTemplate"].as_str().expect("a template");
    let token = access["bot"]["token"].as_str().expect("a token");
    let url = template.replace("{{token}}", token).replace("{{repo}}", repo);
    let folder = tempfile::tempdir().expect("a directory");
    let git = |arguments: &[&str]| git(folder.path(), arguments);
    git(&["init", "--quiet", "--initial-branch", branch]);
    std::fs::write(folder.path().join("package.json"), "{}").expect("a file");
    git(&["add", "package.json"]);
    git(&["commit", "--quiet", "--message", "Begin"]);
    git(&["push", "--quiet", &url, "HEAD"]);
    git(&["rev-parse", "HEAD"])
}

/// Returns whether git itself lists the branches at this URL with the credentials in it, as each clone begins.
pub fn lists(url: &str) -> bool {
    let folder = tempfile::tempdir().expect("a directory");
    let mut command = Command::new("git");
    command.current_dir(folder.path()).args(["ls-remote", "--quiet", url]);
    command
        .env("HOME", folder.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0");
    tokio::task::block_in_place(|| command.output().expect("git starts").status.success())
}

/// Runs git in a folder, without anybody's settings, and returns its output.
///
/// # Panics
/// If git fails.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env("HOME", folder);
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Mark");
        command.env(format!("GIT_{role}_EMAIL"), "mark@example.com");
    }
    let output = command.output().expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Clones a repository, lets `fill` change the files, and pushes them as one commit to `main`, with
/// git itself and the answer of `gitea.credentials`. Returns the commit's hash.
pub fn push_files(access: &Value, repo: &str, fill: impl FnOnce(&Path)) -> String {
    let template = access["gitea"]["cloneUrlTemplate"].as_str().expect("a template");
    let token = access["bot"]["token"].as_str().expect("a token");
    let url = template.replace("{{token}}", token).replace("{{repo}}", repo);
    let folder = tempfile::tempdir().expect("a directory");
    let git = |arguments: &[&str]| git(folder.path(), arguments);
    git(&["clone", "--quiet", "--depth=1", "--branch=main", &url, "."]);
    fill(folder.path());
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "Change files"]);
    git(&["push", "--quiet", "origin", "HEAD:main"]);
    git(&["rev-parse", "HEAD"])
}
