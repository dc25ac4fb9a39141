//! Gitea's repositories, through the git binary and through the API.

mod branch_protection;
mod branches;
mod clone_and_push;
mod contents;
mod contracts;
mod deployments;
mod host_takeovers;
mod issues;
mod late_pushes;
mod pull_requests;
mod repositories;
mod repository_rights;
mod ssh_clones;
mod webhook_deliveries;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::gitea::{self, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::gitea::provisioned_on;
use crate::simulator_client::{Client, gitea};

/// Returns the scopes of the bots' tokens in these tests.
pub(crate) fn scopes() -> Value {
    json!(["write:repository", "write:organization", "write:user"])
}

/// A bot with its Gitea and a working directory.
pub(crate) struct Bot {
    /// A client with the bot's token.
    pub(crate) client: Client,
    pub(crate) token: String,
    folder: TempDir,
}

impl Bot {
    pub(crate) async fn new() -> Self {
        Self::with(scopes()).await
    }

    pub(crate) async fn with(scopes: Value) -> Self {
        Self::with_client(gitea().await, scopes).await
    }

    /// A Gitea that notices no push until its clock is moved.
    pub(crate) async fn with_late_notices() -> Self {
        let options = Options { notice_lag: Duration::from_mins(30), ..Options::default() };
        Self::with_client(Client::new(gitea::start(options).await.unwrap()), scopes()).await
    }

    async fn with_client(client: Client, scopes: Value) -> Self {
        let (mut client, token) = provisioned_on(client, scopes).await;
        client.authorization = Some(format!("token {token}"));
        Self { client, token, folder: tempfile::tempdir().unwrap() }
    }

    /// Makes the client call as the site admin.
    pub(crate) fn become_admin(&mut self) {
        self.client.authorization = Some(format!("token {}", self.client.simulator.token.expose()));
    }

    /// Creates a private repository `vibn-mark/{name}`.
    pub(crate) async fn repository(&self, name: &str, auto_init: bool) {
        let body = json!({ "name": name, "private": true, "auto_init": auto_init });
        let created = self.client.post("/orgs/vibn-mark/repos", body).await;
        assert_eq!(created.status, 201, "{}", created.text);
        assert_eq!(created.json()["empty"], !auto_init);
    }

    /// Returns a clone URL with a token as the password.
    pub(crate) fn url_by(&self, path: &str, token: &str) -> String {
        let host = self.client.simulator.url.trim_start_matches("http://");
        format!("http://mark-bot:{token}@{host}/{path}.git")
    }

    /// Returns the clone URL of a repository of its own organisation.
    pub(crate) fn url(&self, name: &str) -> String {
        self.url_by(&format!("vibn-mark/{name}"), &self.token)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git in the working directory.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Output {
        git_in(self.folder.path(), arguments)
    }

    /// Runs git in the working directory and returns its output.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", error_text(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Writes a file in a clone, commits and pushes it, and lets Gitea notice that.
    pub(crate) fn push(&self, clone: &str, file: &str, text: &str) {
        self.push_unnoticed(clone, file, text);
        self.client.simulator.advance(Options::default().notice_lag);
    }

    /// Writes a file in a clone, commits and pushes it.
    pub(crate) fn push_unnoticed(&self, clone: &str, file: &str, text: &str) {
        std::fs::write(self.path(clone).join(file), text).unwrap();
        self.git(&["-C", clone, "add", "--all"]);
        self.git(&["-C", clone, "commit", "--quiet", "-m", &format!("Write {file}")]);
        self.git(&["-C", clone, "push", "--quiet", "origin", "HEAD"]);
    }

    /// Clones a repository and returns a file's text.
    pub(crate) fn read(&self, name: &str, branch: &str, file: &str) -> String {
        let clone = format!("read-{}", fastrand::u64(..));
        self.git(&["clone", "--quiet", "--branch", branch, &self.url(name), &clone]);
        std::fs::read_to_string(self.path(&clone).join(file)).unwrap()
    }
}

fn git_in(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(dir).args(arguments).env("HOME", dir).env("LC_ALL", "C");
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_AUTHOR_NAME", "Mark"),
        ("GIT_AUTHOR_EMAIL", "mark-bot@example.com"),
        ("GIT_COMMITTER_NAME", "Mark"),
        ("GIT_COMMITTER_EMAIL", "mark-bot@example.com"),
    ] {
        command.env(name, value);
    }
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "http_proxy", "HTTP_PROXY"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

/// Returns git's messages.
pub(crate) fn error_text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Encodes a file's content for the API.
pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}
