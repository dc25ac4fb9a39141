//! Commits and pushes to a simulated Gitea, with real git.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use covibe_agent_servers::workspace::WorkspaceContext;
use covibe_domain::{Failure, Kind};
use covibe_sandbox::Simulator;
use covibe_sandbox::gitea::{self, Options};
use serde_json::{Value, json};

use super::workspace_fixture::{Desk, call, git};

/// A Gitea, and a clone of one of its repositories as the workspace.
pub(crate) struct World {
    pub(crate) gitea: Simulator,
    pub(crate) desk: Desk,
    http: reqwest::Client,
}

impl World {
    /// The repository is `operator/shop`, with the default branch `main`.
    pub(crate) async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let gitea = gitea::start(Options::default()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let desk = Desk::new()
            .with("GITEA_API_URL", &gitea.url)
            .with("GITEA_API_TOKEN", gitea.token.expose())
            .with("GITEA_USERNAME", "operator");
        let world = Self { gitea, desk, http };
        let body = json!({ "name": "shop", "auto_init": true, "private": true });
        assert_eq!(world.api("POST", "/user/repos", body).await.0, 201);
        world.clone_from("operator/shop");
        world
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.desk.path("root")
    }

    /// An address with credentials, for the test's own git.
    pub(crate) fn address(&self, repository: &str) -> String {
        let host = self.gitea.url.trim_start_matches("http://");
        format!("http://operator:{}@{host}/{repository}.git", self.gitea.token.expose())
    }

    pub(crate) fn clone_from(&self, repository: &str) {
        git(&self.root(), &["clone", "--quiet", &self.address(repository), "."]);
        let plain = format!("{}/{repository}.git", self.gitea.url);
        git(&self.root(), &["remote", "set-url", "origin", &plain]);
    }

    pub(crate) async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.gitea.url);
        let request = self.http.request(method.parse().unwrap(), url).json(&body);
        let token = format!("token {}", self.gitea.token.expose());
        let answer = request.header("authorization", token).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Returns the commit of a branch on Gitea.
    pub(crate) fn remote_head(&self, branch: &str) -> Option<String> {
        let reference = format!("refs/heads/{branch}");
        let text =
            git(&self.desk.path(""), &["ls-remote", &self.address("operator/shop"), &reference]);
        text.split('\t').next().filter(|hash| !hash.is_empty()).map(str::to_owned)
    }

    pub(crate) fn context(&self) -> WorkspaceContext {
        self.desk.context()
    }
}

pub(crate) async fn push(cx: &WorkspaceContext, params: Value) -> Result<Value, Failure> {
    let outcome = call(cx, "git_commit_and_push", params).await;
    if let Err(failure) = &outcome {
        assert!(failure.message.ends_with('.'), "{failure:?}");
    }
    outcome
}

#[tokio::test]
async fn changes_are_committed_and_pushed_to_a_new_branch() {
    let world = World::new().await;
    let cx = world.context();
    world.desk.write("src/a.txt", "one\n");
    let script = world.desk.write("run.sh", "#!/bin/sh\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    world.desk.write(".gitignore", "ignored\n");
    world.desk.write("ignored", "x");
    fs::remove_file(world.root().join("README.md")).unwrap();
    let pushed = push(&cx, json!({ "message": "Add a file\n\nWith a reason.", "branch": "fix/a" }))
        .await
        .unwrap();
    assert_eq!(
        (&pushed["committed"], &pushed["pushed"], &pushed["files"]),
        (&json!(true), &json!(true), &json!(4))
    );
    assert_eq!(
        (&pushed["repository"], &pushed["branch"]),
        (&json!("operator/shop"), &json!("fix/a"))
    );
    let head = world.remote_head("fix/a").unwrap();
    assert_eq!((&pushed["commit"], &pushed["remoteHead"]), (&json!(head), &json!(head)));
    let shown = git(&world.root(), &["show", "--no-patch", "--format=%an <%ae> %cn|%B", "HEAD"]);
    assert_eq!(
        shown,
        "operator <operator@noreply.127.0.0.1> operator|Add a file\n\nWith a reason."
    );
    assert_eq!(git(&world.root(), &["branch", "--show-current"]), "fix/a");
    assert_eq!(git(&world.root(), &["status", "--porcelain"]), "");
    assert!(git(&world.root(), &["ls-tree", "HEAD", "run.sh"]).starts_with("100755"));
    let again = push(&cx, json!({ "message": "Again" })).await.unwrap();
    assert_eq!((&again["committed"], &again["pushed"]), (&json!(false), &json!(false)));
    assert_eq!(again["remoteHead"], json!(head));
    assert!(again["summary"].as_str().unwrap().contains("nothing to commit"));
}

#[tokio::test]
async fn only_the_given_paths_are_committed() {
    let world = World::new().await;
    let cx = world.context();
    world.desk.write("a/one.txt", "1");
    world.desk.write("b/two.txt", "2");
    git(&world.root(), &["add", "b"]);
    let pushed =
        push(&cx, json!({ "message": "One", "paths": ["a"], "branch": "one" })).await.unwrap();
    assert_eq!(pushed["files"], 1);
    assert_eq!(git(&world.root(), &["status", "--porcelain"]), "A  b/two.txt");
    for path in ["../outside", "/etc/passwd", ".git/config", "nothing", "b/.."] {
        let failure = push(&cx, json!({ "message": "x", "paths": [path] })).await.unwrap_err();
        assert!(matches!(failure.kind, Kind::Forbidden | Kind::Conflict), "{path}: {failure:?}");
    }
}

#[tokio::test]
async fn earlier_commits_are_pushed_and_a_first_commit_can_be_made() {
    let world = World::new().await;
    let cx = world.context();
    git(&world.root(), &["checkout", "--quiet", "-b", "later"]);
    world.desk.write("a.txt", "1");
    git(&world.root(), &["add", "a.txt"]);
    git(&world.root(), &["commit", "--quiet", "-m", "By hand"]);
    let pushed = push(&cx, json!({ "message": "Nothing more" })).await.unwrap();
    assert_eq!((&pushed["committed"], &pushed["pushed"]), (&json!(false), &json!(true)));
    assert_eq!(world.remote_head("later").unwrap(), git(&world.root(), &["rev-parse", "HEAD"]));
    fs::remove_dir_all(world.root().join(".git")).unwrap();
    git(&world.root(), &["init", "--quiet", "--initial-branch=fresh"]);
    git(&world.root(), &["remote", "add", "origin", &format!("{}/operator/shop", world.gitea.url)]);
    let first = push(&cx, json!({ "message": "First" })).await.unwrap();
    assert_eq!(first["commit"], json!(world.remote_head("fresh").unwrap()));
}

#[tokio::test]
async fn a_push_from_a_linked_worktree_works() {
    let world = World::new().await;
    let mirror = world.desk.path("mirror");
    fs::rename(world.root(), &mirror).unwrap();
    git(&mirror, &["worktree", "add", "--quiet", "-b", "agents/1", &world.desk.text("root")]);
    let cx = world.context();
    world.desk.write("a.txt", "1");
    let pushed = push(&cx, json!({ "message": "From a worktree" })).await.unwrap();
    assert_eq!(pushed["commit"], json!(world.remote_head("agents/1").unwrap()));
    assert_eq!(git(&world.root(), &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_push_to_a_diverged_branch_is_refused_and_keeps_the_local_commit() {
    let world = World::new().await;
    let cx = world.context();
    world.desk.write("a.txt", "1");
    push(&cx, json!({ "message": "One", "branch": "shared" })).await.unwrap();
    let other = world.desk.path("other");
    fs::create_dir(&other).unwrap();
    git(&other, &["clone", "--quiet", "--branch", "shared", &world.address("operator/shop"), "."]);
    fs::write(other.join("b.txt"), "2").unwrap();
    git(&other, &["add", "b.txt"]);
    git(&other, &["commit", "--quiet", "-m", "Other"]);
    git(&other, &["push", "--quiet", "origin", "shared"]);
    world.desk.write("c.txt", "3");
    let failure = push(&cx, json!({ "message": "Two" })).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Conflict);
    assert!(
        failure.message.contains("has commits that the local branch does not have"),
        "{failure:?}"
    );
    assert_eq!(failure.details["commit"], json!(git(&world.root(), &["rev-parse", "HEAD"])));
}
