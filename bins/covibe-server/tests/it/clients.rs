//! The clients that are installed connect with what `connect` prints, and report a wrong key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use covibe_testkit::World;

use crate::binary;

/// A project folder of a person who has a key.
struct Project {
    home: tempfile::TempDir,
    origin: String,
    key: String,
}

impl Project {
    fn of(world: &World) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        fs::create_dir(home.path().join("project")).expect("a folder");
        let agent = &world.mark.agent;
        let key = agent.key.as_ref().expect("a key").expose().to_owned();
        Self { home, origin: agent.origin.clone(), key }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("project")
    }

    /// Runs a shell command with this key, and ends it after a minute.
    fn shell(&self, script: &str, key: &str) -> Output {
        let mut command = Command::new("timeout");
        command.args(["60", "sh", "-c", script]).current_dir(self.folder()).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("a path"));
        command.env("HOME", self.home.path()).env("VIBN_API_KEY", key);
        tokio::task::block_in_place(|| command.output().expect("it starts"))
    }

    /// Returns the form of a client, as the binary prints it.
    fn form(&self, client: &str) -> String {
        let mut command = Command::new(binary::path());
        command.env_clear().current_dir(self.folder());
        command.args(["connect", client, "--workspace", "mark", "--origin", &self.origin]);
        let told = command.output().expect("it starts");
        String::from_utf8(told.stdout).expect("UTF-8")
    }

    /// Returns the list of servers that a client prints.
    fn list(&self, script: &str, key: &str) -> String {
        let told = self.shell(script, key);
        String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned()
    }
}

/// Whether a program is installed. Says so if it is not.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    if !is_there {
        eprintln!("the test with {program} is skipped: it is not installed (npm can install it)");
    }
    is_there
}

/// Trusts the project as its owner does in the dialogs of Claude Code.
fn trust(home: &Path, project: &Path) {
    let file = home.join(".claude.json");
    let known = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let mut known: serde_json::Value = known.unwrap_or_else(|| serde_json::json!({}));
    known["projects"][project.to_str().expect("UTF-8")] = serde_json::json!({
        "hasTrustDialogAccepted": true, "enabledMcpjsonServers": ["vibn-mark"],
    });
    fs::write(file, known.to_string()).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_and_reports_a_wrong_key() {
    if !is_installed("claude") {
        return;
    }
    let world = World::embedded().await;
    let project = Project::of(&world);
    let added = project.shell(&project.form("claude-code"), &project.key);
    assert!(added.status.success(), "{added:?}");
    let file = fs::read_to_string(project.folder().join(".mcp.json")).expect("a file");
    assert!(file.contains("${VIBN_API_KEY}") && !file.contains(&project.key), "{file}");
    trust(project.home.path(), &project.folder());
    let listed = project.list("claude mcp list", &project.key);
    assert!(listed.contains("Connected"), "{listed}");
    let wrong = project.list("claude mcp list", "wrong");
    assert!(wrong.contains("Failed to connect"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_takes_the_server_with_the_key_from_the_environment() {
    if !is_installed("codex") {
        return;
    }
    let world = World::embedded().await;
    let project = Project::of(&world);
    let added = project.shell(&project.form("codex"), &project.key);
    assert!(added.status.success(), "{added:?}");
    let listed = project.list("codex mcp list", &project.key);
    assert!(listed.contains("Bearer token") && listed.contains("VIBN_API_KEY"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_connects_and_reports_a_wrong_key() {
    if !is_installed("gemini") {
        return;
    }
    let world = World::embedded().await;
    let project = Project::of(&world);
    fs::create_dir(project.folder().join(".gemini")).expect("a folder");
    let file = project.folder().join(".gemini/settings.json");
    fs::write(file, project.form("gemini")).expect("a file");
    let list = "GEMINI_CLI_TRUST_WORKSPACE=true gemini mcp list";
    let listed = project.list(list, &project.key);
    assert!(listed.contains("- Connected"), "{listed}");
    let wrong = project.list(list, "wrong");
    assert!(!wrong.contains("- Connected"), "{wrong}");
}
