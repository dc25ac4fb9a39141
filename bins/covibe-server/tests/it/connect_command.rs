//! `covibe-server connect` and what the sandbox prints.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use covibe_domain::Secret;
use covibe_testkit_http::Agent;
use serde_json::{Value, json};

use crate::current_directory_and_migrate::{err, out, run};
use crate::server_binary;

#[test]
fn connect_prints_the_configuration_on_stdout_and_the_instructions_on_stderr() {
    let folder = tempfile::tempdir().expect("a folder");
    for client in covibe_http::clients::CLIENTS {
        let arguments = ["connect", client.id, "--workspace", "mark"];
        let told = run(folder.path(), &arguments, &[("COVIBE_HOSTED_URL", "https://co-vibe.test")]);
        assert!(told.status.success(), "{told:?}");
        assert!(out(&told).contains("https://co-vibe.test/api/mcp"), "{told:?}");
        assert!(err(&told).contains(&client.instructions()), "{told:?}");
    }
    let unknown = run(folder.path(), &["connect", "cursr"], &[]);
    assert!(!unknown.status.success() && err(&unknown).contains("'cursor'"), "{unknown:?}");
    let wrong = run(folder.path(), &["connect", "codex", "--origin", "https://a/b"], &[]);
    assert!(!wrong.status.success() && err(&wrong).contains("--origin https://a/b"), "{wrong:?}");
}

#[test]
fn connect_git_prints_commands_for_a_credential_helper_without_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosted = [("COVIBE_HOSTED_URL", "https://co-vibe.test"), ("VIBN_API_KEY", "vibn_sk_x")];
    let connect =
        |more: &[&str]| run(folder.path(), &[&["connect", "git"], more].concat(), &hosted);
    let told = connect(&["--workspace", "mark", "--gitea", "https://git.test/"]);
    assert!(told.status.success() && !out(&told).contains("vibn_sk_"), "{told:?}");
    let mut shell = Command::new("sh");
    let shell = shell.args(["-ec", &out(&told)]).env("HOME", folder.path());
    assert!(shell.status().expect("a shell").success());
    let settings = fs::read_to_string(folder.path().join(".gitconfig")).expect("settings");
    assert!(settings.contains("[credential \"https://git.test\"]"), "{settings}");
    assert!(settings.contains("co-vibe.test/api/workspaces/mark/git-credential"), "{settings}");
    for (more, why) in [
        (&["--gitea", "https://git.test"][..], "--workspace"),
        (&["--workspace", "mark"], "--gitea"),
        (&["--workspace", "mark", "--gitea", "git.test"], "expected an address"),
        (&["--workspace", "mark", "--gitea", "https://u:p@git.test"], "expected an address"),
    ] {
        let refused = connect(more);
        assert!(!refused.status.success() && err(&refused).contains(why), "{refused:?}");
    }
}

/// A sandbox and the text that it prints.
struct Sandbox {
    child: Child,
    text: String,
}

impl Sandbox {
    fn start(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(server_binary::path());
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
        command.envs(variables.iter().copied()).current_dir(folder);
        command.args(["sandbox", "--bind", "127.0.0.1:0"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut text = String::new();
        while !text.contains("Stop it with") {
            text += &(lines.next().expect("more of it").expect("a line") + "\n");
        }
        Self { child, text }
    }

    /// Returns what it prints after this, up to the next blank.
    fn text_after(&self, before: &str) -> &str {
        let after = self.text.split_once(before).expect("the text").1;
        after.split_whitespace().next().expect("a word")
    }

    /// Stops it and returns what it wrote to stderr.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        let mut errors = String::new();
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        stderr.read_to_string(&mut errors).expect("its errors");
        assert!(self.child.wait().expect("its end").success(), "{errors}");
        errors
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

#[test]
fn the_sandbox_prints_its_simulated_upstreams_and_connect_commands() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = &Sandbox::start(folder.path(), &[], &[]).text;
    for expected in [
        "export ORIGIN=http://127.0.0.1:",
        " KEY=vibn_sk_",
        "export VIBN_API_KEY=$KEY",
        "claude mcp add --scope project --transport http vibn-mark http://127.0.0.1:",
        "codex mcp add vibn-mark",
        "Cursor (.cursor/mcp.json): {",
        "Coolify is simulated, so apps do not run and their URLs do not work.",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_without_problems_prints_nothing_on_stderr() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::start(folder.path(), &[], &[]);
    let (origin, key) = (sandbox.text_after("export ORIGIN="), sandbox.text_after(" KEY="));
    let agent = Agent::new(origin, "mark", Some(Secret::new(key)));
    let params = json!({ "image": "nginx:1.27", "name": "site" });
    let app = agent.compact("apps.create", &params).await.expect("an app");
    let params = json!({ "uuid": app["uuid"], "wait": true });
    agent.compact("apps.deploy", &params).await.expect("a deployment");
    agent.mcp("databases.list", &json!({})).await.expect("a list");
    agent.compact("gitea.credentials", &json!({})).await.expect("credentials");
    agent.compact("apps.get", &json!({ "uuid": "missing" })).await.expect_err("no such app");
    let errors = tokio::task::block_in_place(|| sandbox.stop());
    assert_eq!(errors, "");
}

/// A sandbox is often started in the folder of a real server.
#[test]
fn the_sandbox_ignores_upstreams_of_env_files_unless_upstreams_from_env_is_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let file =
        "COOLIFY_API_URL=http://127.0.0.1:9\nCOOLIFY_API_TOKEN=t\nCOVIBE_MAX_CONNECTIONS=none\n";
    fs::write(folder.path().join(".env"), file).expect("a file");
    let text = &Sandbox::start(folder.path(), &[], &[]).text;
    assert!(text.contains("Coolify is simulated"), "{text}");
    fs::write(folder.path().join(".env"), file.replace("none", "16")).expect("a file");
    // With the real one, which nothing answers for, the workspace can't be provisioned.
    let real = run(
        folder.path(),
        &["sandbox", "--bind", "127.0.0.1:0", "--upstreams-from-env"],
        &[("PATH", &std::env::var("PATH").expect("a path"))],
    );
    assert!(!real.status.success(), "{real:?}");
}

/// Returns the directories in a folder, and panics if others than their owner can use one.
fn private_directories(folder: &Path) -> Vec<PathBuf> {
    let paths =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let directories: Vec<_> = paths.filter(|path| path.is_dir()).collect();
    for directory in &directories {
        let mode = directory.metadata().expect("a directory").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", directory.display());
    }
    directories
}

#[test]
fn a_sandbox_removes_what_a_killed_one_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = [("TMPDIR", folder.path().to_str().expect("a path"))];
    let killed = Sandbox::start(folder.path(), &[], &place);
    let left = private_directories(folder.path());
    assert!(left.len() >= 2, "its data and Gitea's repositories: {left:?}");
    drop(killed);
    assert_eq!(private_directories(folder.path()).len(), left.len());
    let second = Sandbox::start(folder.path(), &[], &place);
    let present = private_directories(folder.path());
    assert!(left.iter().all(|one| !present.contains(one)), "{left:?} {present:?}");
    drop(second);
}

#[test]
fn serve_refuses_a_public_bind_without_an_https_origin() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = run(folder.path(), &["serve"], &[("COVIBE_BIND", "192.0.2.7:8787")]);
    assert!(!told.status.success(), "{told:?}");
    let (https, http) = (err(&told).find("https origin"), err(&told).find("http://192.0.2.7:8787"));
    assert!(https.is_some() && https < http, "https is advised first: {told:?}");
    assert!(err(&told).contains("clear text"), "{told:?}");
}

/// The file that is printed for a client has the server where the client looks for it.
#[test]
fn printed_configuration_files_are_json_with_the_server_url() {
    let folder = tempfile::tempdir().expect("a folder");
    for (client, pointer) in [
        ("cursor", "/mcpServers/co-vibe/url"),
        ("vscode", "/servers/co-vibe/url"),
        ("gemini", "/mcpServers/co-vibe/httpUrl"),
        ("antigravity", "/mcpServers/co-vibe/serverUrl"),
        ("copilot", "/mcpServers/co-vibe/url"),
        ("opencode", "/mcp/co-vibe/url"),
        ("windsurf", "/mcpServers/co-vibe/serverUrl"),
        ("devin", "/mcpServers/co-vibe/url"),
        ("zed", "/context_servers/co-vibe/url"),
        ("junie", "/mcpServers/co-vibe/url"),
        ("jetbrains", "/mcpServers/co-vibe/args/2"),
        ("claude-desktop", "/mcpServers/co-vibe/args/2"),
    ] {
        let told = run(folder.path(), &["connect", client], &[]);
        let file: Value = serde_json::from_slice(&told.stdout).expect("JSON");
        let url = file.pointer(pointer).and_then(Value::as_str);
        assert_eq!(url, Some("http://127.0.0.1:8787/api/mcp"), "{client}: {file}");
    }
}

#[test]
fn connect_warns_of_an_origin_without_tls_unless_it_is_loopback() {
    let folder = tempfile::tempdir().expect("a folder");
    for (origin, warnings) in [
        ("http://co-vibe.internal:8787", 1),
        ("https://co-vibe.test", 0),
        ("http://127.0.0.1:8787", 0),
        ("http://[::1]:8787", 0),
    ] {
        let told = run(folder.path(), &["connect", "codex", "--origin", origin], &[]);
        assert_eq!(err(&told).matches("clear text").count(), warnings, "{told:?}");
    }
}
