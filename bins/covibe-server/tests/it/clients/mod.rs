//! The clients of other vendors connect to a server as it ships. `cargo xtask test --clients`
//! installs them; a client that is not installed is skipped with a message.

mod coding_agents;
mod mcp_conformance;
mod mcp_inspector;
mod mcp_sdks;
mod s3_sdks;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use covibe_testkit_http::World;
use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::metrics::Page;
use crate::server_binary;
use crate::server_process::Server;

/// The program that uses the MCP library for Go, which is built only where Go is installed.
const GO_CLIENT: &str = "go-client";

/// The variable with which a server serves its metrics, which count the calls that it ended.
const METRICS: (&str, &str) = ("COVIBE_METRICS_BIND", "127.0.0.1:0");

/// The parameters of a call of `apps.logs` that waits for new lines, for this long.
fn log_wait(app: &str, milliseconds: u32) -> Value {
    json!({ "uuid": app, "follow": true, "timeout_ms": milliseconds })
}

/// A project folder of a person who has a key.
struct Project {
    home: tempfile::TempDir,
    origin: String,
    key: String,
    // Later fields are dropped later: the server outlives the folder, and its upstreams the server.
    server: Server,
    world: World,
}

impl Project {
    /// Creates a project at a server of its own if these programs are installed. Prints a message if
    /// not.
    async fn with(programs: &[&str]) -> Option<Self> {
        Self::at(programs, &[]).await
    }

    /// Creates a project likewise, at a server with these variables.
    async fn at(programs: &[&str], variables: &[(&str, &str)]) -> Option<Self> {
        if !programs.iter().all(|program| is_installed(program)) {
            return None;
        }
        let home = tempfile::tempdir().expect("a folder");
        fs::create_dir(home.path().join("project")).expect("a folder");
        let world = World::embedded().await;
        let server = Server::start_with(&world, variables);
        let agent = server.agent(&world.mark);
        let key = agent.key.as_ref().expect("a key").expose().to_owned();
        Some(Self { home, origin: agent.origin, key, server, world })
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("project")
    }

    /// Returns a shell that runs a script with this key and is killed after a minute.
    fn script(&self, script: &str, key: &str) -> Command {
        let mut command = Command::new("timeout");
        // Far longer than any client takes beside all other tests: the conformance suite needs a minute
        // there.
        command.args(["--signal=KILL", "300", "sh", "-c", script]);
        command.current_dir(self.folder()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::join_paths(folders()).expect("a path"));
        command.env("HOME", self.home.path()).env("VIBN_API_KEY", key);
        command.env("VIBN_MCP_URL", format!("{}/api/mcp", self.origin));
        command.envs(installation().map(|folder| ("CLIENTS", folder)));
        command
    }

    /// Runs a script with this key.
    fn shell(&self, script: &str, key: &str) -> Output {
        block_in_place(|| self.script(script, key).output().expect("it starts"))
    }

    /// Runs a script and returns everything that it prints.
    fn text(&self, script: &str, key: &str) -> String {
        let told = self.shell(script, key);
        String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned()
    }

    /// Creates an app whose container runs and prints nothing, and returns its uuid.
    async fn running_app(&self) -> String {
        let app = json!({ "image": "nginx:1.27", "name": "site" });
        let made = self.world.mark.agent.compact("apps.create", &app).await.expect("an app");
        self.world.coolify.advance(Duration::from_mins(1));
        made["uuid"].as_str().expect("a uuid").to_owned()
    }

    /// Runs a script until its client waits for the log of an app, ends it, and waits until the server ends that call,
    /// too. The server serves its metrics.
    async fn end_during_wait(&self, script: &str) {
        let (read, abandoned) = (self.log_reads(), self.abandoned_waits().await);
        let mut command = self.script(script, &self.key);
        let mut client =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        while self.log_reads() == read {
            if client.try_wait().expect("its status").is_some() {
                let told = client.wait_with_output();
                panic!("it ended before: {told:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // `timeout` passes the signal on to everything that it has started.
        let id = client.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        assert!(sent.success());
        block_in_place(|| client.wait_with_output().expect("its end"));
        while self.abandoned_waits().await <= abandoned {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Counts how often the server has read a log.
    fn log_reads(&self) -> usize {
        let engine = self.world.docker.as_ref().expect("a docker host");
        engine.requests().iter().filter(|request| request.path.ends_with("/logs")).count()
    }

    /// Returns the number of calls of `apps.logs` whose clients cancelled them or disconnected.
    async fn abandoned_waits(&self) -> f64 {
        let labels = [("tool", "apps.logs"), ("outcome", "abandoned")];
        Page::fetch(&self.server).await.get("covibe_calls_total", &labels)
    }

    /// Returns the form of a client, as the binary prints it.
    fn form(&self, client: &str) -> String {
        let mut command = Command::new(server_binary::path());
        command.env_clear().current_dir(self.folder());
        command.args(["connect", client, "--workspace", "mark", "--origin", &self.origin]);
        let told = command.output().expect("it starts");
        String::from_utf8(told.stdout).expect("UTF-8")
    }
}

/// Returns the folder into which `cargo xtask test --clients` installs.
fn installation() -> Option<OsString> {
    std::env::var_os("COVIBE_CLIENTS")
}

/// Returns the folders of programs, those of the installation first.
fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = installation().map(|folder| PathBuf::from(folder).join("node_modules/.bin"));
    own.into_iter().chain(std::env::split_paths(&path)).collect()
}

/// Returns whether a program, or a path below the installation, is installed. Prints a message if it is
/// not.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn is_installed(program: &str) -> bool {
    let own = installation().map(PathBuf::from);
    let is_there = folders().into_iter().chain(own).any(|folder| folder.join(program).exists());
    // An installation is complete apart from that program, or else its tests would be skipped unseen.
    let may_be_missing = installation().is_none() || program == GO_CLIENT;
    assert!(is_there || may_be_missing, "{program} is missing in the installation");
    if !is_there {
        let condition = if program == GO_CLIENT { " where Go is installed" } else { "" };
        eprintln!(
            "the test with {program} is skipped: cargo xtask test --clients installs it{condition}"
        );
    }
    is_there
}
