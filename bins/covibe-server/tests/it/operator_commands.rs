//! Commands of an operator on a world's database and upstreams.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use covibe_testkit_http::{Location, World};
use serde_json::Value;

use crate::current_directory_and_migrate::run;
use crate::server_binary;

/// A command line.
pub(crate) struct Operator {
    pub(crate) variables: Vec<(&'static str, String)>,
    folder: tempfile::TempDir,
}

impl Operator {
    pub(crate) fn in_world(world: &World) -> Self {
        let mut variables = world.variables();
        if let Location::Server(at) = world.location() {
            variables.push(("COVIBE_POSTGRES_ADMIN_URL", at.admin_url.expose().to_owned()));
        }
        Self { variables, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let variables: Vec<_> = self.variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        tokio::task::block_in_place(|| run(self.folder.path(), arguments, &variables))
    }

    /// Runs a command with this standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(server_binary::path());
        command.env_clear().envs(self.variables.iter().cloned()).current_dir(self.folder.path());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        // One that refuses its arguments does not read it.
        let _unread = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        tokio::task::block_in_place(|| child.wait_with_output().expect("its end"))
    }

    pub(crate) fn keys(&self, slug: &str) -> Vec<Value> {
        let listed = self.run(&["keys", "list", "--workspace", slug, "--json"]);
        let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
        listed["keys"].as_array().cloned().expect("a list")
    }
}
