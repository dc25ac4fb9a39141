//! The surroundings of a server whose variables are not set: simulators, a folder of its own, a runner.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command as Blocking;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::server_variables::Server;
use crate::process::Process;
use crate::{http_client, shell};

/// The user of the simulated Gitea.
const USER: &str = "root";

/// The time in which a runner answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The interval at which a runner is asked.
const POLL: Duration = Duration::from_millis(50);

/// An agent that does nothing, because a runner needs one.
const AGENTS: &str = "[agents.coder]\ncommand = [\"true\"]\n";

/// Variables by name.
type Variables = BTreeMap<&'static str, String>;

/// The simulators, the runner and the folders of servers. Dropping this ends all of them.
pub(super) struct Surroundings {
    sandbox: Option<(Process, Value)>,
    runner: Option<Process>,
    scratch: tempfile::TempDir,
}

impl Surroundings {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { sandbox: None, runner: None, scratch: tempfile::tempdir()? })
    }

    /// Returns the variables that a server needs; none if one of them is set, so that an incomplete set is reported.
    pub(super) async fn variables(&mut self, server: Server) -> Result<Variables> {
        if server.variables().iter().any(|name| std::env::var_os(name).is_some()) {
            return Ok(Variables::new());
        }
        eprintln!("{} is not set: {}.", server.variables().join(", "), instead(server));
        let values = match server {
            Server::Coolify => self.upstream("coolify", &["url", "token"]).await?,
            Server::Gitea => {
                let mut values = self.upstream("gitea", &["url", "token"]).await?;
                values.push(USER.to_owned());
                values
            }
            Server::Workspace => vec![self.repository()?],
            Server::Platform => vec![self.folder("notes")?.display().to_string()],
            Server::Agent => self.runner().await?.into(),
        };
        Ok(server.variables().iter().copied().zip(values).collect())
    }

    /// Returns what the sandbox says of an upstream. The first call starts it.
    async fn upstream(&mut self, name: &str, members: &[&str]) -> Result<Vec<String>> {
        if self.sandbox.is_none() {
            let mut command = Command::new(shell::build_program("covibe-server")?);
            command.args(["sandbox", "--json", "--bind", "127.0.0.1:0"]);
            let none = BTreeMap::new();
            let (process, line) = Process::start(&mut command, &none, self.scratch.path()).await?;
            // The line holds a key, so the error must not contain it.
            let said = serde_json::from_str(&line);
            let said = said.context("the sandbox printed an unexpected first line")?;
            self.sandbox = Some((process, said));
        }
        let (_, said) = self.sandbox.as_ref().context("no sandbox")?;
        let upstream = &said["upstreams"][name];
        let member = |member: &&str| {
            let value = upstream[member].as_str().map(str::to_owned);
            value.with_context(|| format!("the sandbox does not print the {member} of {name}"))
        };
        members.iter().map(member).collect()
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.scratch.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Makes a folder with a repository.
    fn repository(&self) -> Result<String> {
        let folder = self.folder("workspace")?;
        shell::read_output(Blocking::new("git").args(["init", "--quiet"]).current_dir(&folder))?;
        std::fs::write(folder.join("README.md"), "# A workspace\n")?;
        Ok(folder.display().to_string())
    }

    /// Starts a runner, and returns its address and its folder, where its token is.
    async fn runner(&mut self) -> Result<[String; 2]> {
        let program = shell::build_program("covibe-agent-runner")?;
        let (home, address) = (self.folder("runner")?, http_client::free_address()?);
        std::fs::write(home.join("runner.toml"), AGENTS)?;
        let variables = [
            ("AGENT_RUNNER_HOME".to_owned(), home.display().to_string()),
            ("AGENT_RUNNER_BIND".to_owned(), address.clone()),
        ];
        let mut command = Command::new(program);
        let runner = Process::spawn(&mut command, &variables.into(), self.scratch.path())?;
        let start = Instant::now();
        while TcpStream::connect(&address).await.is_err() {
            ensure!(start.elapsed() < PATIENCE, "the runner does not listen");
            tokio::time::sleep(POLL).await;
        }
        self.runner = Some(runner);
        Ok([format!("http://{address}"), home.display().to_string()])
    }
}

/// Returns what a server gets instead.
fn instead(server: Server) -> &'static str {
    match server {
        Server::Coolify | Server::Gitea => "it is simulated",
        Server::Workspace => "an empty repository is used",
        Server::Platform => "notes are in a temporary folder",
        Server::Agent => "a runner with an agent that does nothing is started",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_without_variables_get_temporary_folders() {
        let mut surroundings = Surroundings::new().unwrap();
        let variables = surroundings.variables(Server::Workspace).await.unwrap();
        let root = PathBuf::from(&variables["WORKSPACE_ROOT"]);
        assert!(root.join(".git").is_dir());
        let variables = surroundings.variables(Server::Platform).await.unwrap();
        assert!(PathBuf::from(&variables["COVIBE_AGENT_HOME"]).is_dir());
        drop(surroundings);
        assert!(!root.exists());
    }
}
