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

use covibe_testkit_http::World;

use crate::server_binary;
use crate::server_process::Server;

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
        tokio::task::block_in_place(|| self.script(script, key).output().expect("it starts"))
    }

    /// Runs a script and returns everything that it prints.
    fn text(&self, script: &str, key: &str) -> String {
        let told = self.shell(script, key);
        String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned()
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
    // An installation is complete, or else its tests would be skipped unseen.
    assert!(is_there || installation().is_none(), "{program} is missing in the installation");
    if !is_there {
        eprintln!("the test with {program} is skipped: cargo xtask test --clients installs it");
    }
    is_there
}
