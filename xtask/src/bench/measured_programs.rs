//! The measured programs and how they are started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::process::Command;

use crate::http_client::{self, Connection};
use crate::process::throwaway_postgres::{Postgres, Variables};
use crate::process::{self, Process};
use crate::sandbox_first_line::Announced;
use crate::shell;

/// The limits that one client with one key would exceed.
const UNLIMITED: [&str; 4] = [
    "COVIBE_MAX_CALLS_PER_SECOND",
    "COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT",
    "COVIBE_MAX_CHANGES_PER_SECOND",
    "COVIBE_MAX_CHANGES_PER_SECOND_PER_TENANT",
];

/// The time after which a measurement by testkit's example fails the benchmark.
const MEASURED: Duration = Duration::from_mins(10);

/// The time after which the creation of a tenant fails the benchmark.
const CREATED: Duration = Duration::from_mins(1);

/// The server, the folder of the other programs, and their scratch folder.
pub(super) struct Programs {
    pub(super) server: PathBuf,
    pub(super) built: PathBuf,
    pub(super) scratch: PathBuf,
}

/// A running server: ours or a bare handler.
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) said: Announced,
    /// The measured call; a bare handler answers any request.
    pub(super) describe: Arc<[u8]>,
    process: Process,
}

/// The simulated Coolify with its Docker Engine, and the simulated Gitea, of a sandbox that nobody else calls.
pub(super) struct Upstreams {
    _process: Process,
    /// The settings by which a server uses them.
    pub(super) variables: Variables,
}

/// The database behind a server.
#[derive(Clone, Copy)]
pub(super) enum Database<'a> {
    /// A file in this folder.
    Sqlite(&'a Path),
    Postgres(&'a Variables),
}

impl Programs {
    /// Starts `covibe-server sandbox` on a database.
    pub(super) async fn server(&self, database: Database<'_>) -> Result<Server> {
        self.server_with(database, &Variables::new()).await
    }

    /// Starts `covibe-server sandbox` on a database with further settings, such as those of its upstreams.
    pub(super) async fn server_with(
        &self,
        database: Database<'_>,
        further: &Variables,
    ) -> Result<Server> {
        let mut command = Command::new(&self.server);
        command.args(["sandbox", "--json", "--bind", "127.0.0.1:0"]);
        let (name, variables) = match database {
            Database::Sqlite(folder) => {
                command.arg("--data-dir").arg(folder);
                ("SQLite", &Variables::new())
            }
            Database::Postgres(variables) => {
                command.arg("--postgres");
                ("PostgreSQL", variables)
            }
        };
        let scratch = self.scratch_of(name)?;
        let mut variables = variables.clone();
        variables.extend(further.clone());
        variables.extend(UNLIMITED.map(|name| (name.to_owned(), "1000000".to_owned())));
        let (process, line) = Process::start(&mut command, &variables, &scratch).await?;
        Ok(Server::at(name, Announced::from_line(&line)?, process))
    }

    /// Creates a tenant beside that of a running server, by the command of its operators, and returns the measured call
    /// with the tenant's key.
    pub(super) async fn other_tenant(
        &self,
        server: &Server,
        database: Database<'_>,
        upstreams: &Variables,
    ) -> Result<Arc<[u8]>> {
        let mut variables = upstreams.clone();
        match database {
            Database::Sqlite(folder) => {
                variables.insert("COVIBE_DATA_DIR".to_owned(), folder.display().to_string());
            }
            Database::Postgres(own) => {
                variables.extend(own.clone());
                variables.insert("COVIBE_DATABASE_BACKEND".to_owned(), "postgres".to_owned());
            }
        }
        let mut command = Command::new(&self.server);
        command.args(["tenant", "create", "--name", "Quiet"]);
        process::isolate(&mut command, &variables, &self.scratch_of(server.name)?)?;
        let output = command.kill_on_drop(true).output();
        let output = tokio::time::timeout(CREATED, output).await.context("no tenant in time")??;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "failed to create a tenant: {error}");
        let lines = String::from_utf8(output.stdout)?;
        let token = lines.lines().last().context("no key was printed")?.to_owned();
        let (authority, endpoint) = (server.said.authority.clone(), server.said.endpoint.clone());
        let other = Announced { authority, endpoint, token, ..Announced::default() };
        Ok(other.describe().into())
    }

    /// Starts the bare handler, which answers with `body`.
    pub(super) async fn bare(&self, name: &'static str, body: &[u8]) -> Result<Server> {
        let scratch = self.scratch_of(name)?;
        std::fs::write(scratch.join("body"), body)?;
        let mut command = Command::new(self.built.join("examples/bare"));
        command.args(["--bind", "127.0.0.1:0", "body"]);
        let (process, authority) = Process::start(&mut command, &BTreeMap::new(), &scratch).await?;
        let endpoint = "/api/mcp".to_owned();
        let token = "vibn_sk_bare".to_owned();
        let said = Announced { authority, endpoint, token, ..Announced::default() };
        Ok(Server::at(name, said, process))
    }

    /// Takes a measurement in a process of its own (testkit's example `measure`), and reads its output.
    pub(super) async fn run_measurement<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let mut command = Command::new(self.built.join("examples/measure"));
        command.arg(name);
        command.env_clear().env("PATH", std::env::join_paths(shell::folders())?);
        command.env("HOME", &self.scratch).current_dir(&self.scratch).kill_on_drop(true);
        let output = tokio::time::timeout(MEASURED, command.output()).await;
        let output = output
            .with_context(|| format!("measuring `{name}` timed out"))?
            .with_context(|| format!("measuring `{name}` did not start"))?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "measuring `{name}` failed ({}): {}",
            output.status,
            told.trim()
        );
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("the output of measuring `{name}` has an unexpected form"))
    }

    /// Starts simulated upstreams in a process of their own, so that their work and memory don't count as the measured
    /// server's.
    pub(super) async fn upstreams(&self) -> Result<Upstreams> {
        let mut command = Command::new(self.built.join("examples/measure"));
        command.arg("upstreams");
        let scratch = self.scratch_of("upstreams")?;
        let (process, line) = Process::start(&mut command, &Variables::new(), &scratch).await?;
        Ok(Upstreams { _process: process, variables: serde_json::from_str(&line)? })
    }

    /// Starts PostgreSQL.
    pub(super) async fn postgres(&self) -> Result<Postgres> {
        Postgres::start(&self.built.join("examples/measure"), &self.scratch_of("cluster")?).await
    }

    /// Returns a folder of this name, and creates it if it is missing.
    pub(super) fn scratch_of(&self, name: &str) -> Result<PathBuf> {
        let scratch = Path::new(&self.scratch).join(name);
        std::fs::create_dir_all(&scratch)?;
        Ok(scratch)
    }
}

impl Server {
    fn at(name: &'static str, said: Announced, process: Process) -> Self {
        let describe = said.describe().into();
        Self { name, said, describe, process }
    }

    /// Stops the server as an operator does, and waits until it has ended.
    pub(super) async fn stop(self) -> Result<()> {
        self.process.stop().await
    }

    /// Returns the process's id.
    pub(super) fn pid(&self) -> Result<u32> {
        self.process.pid()
    }

    /// Calls the tool and returns the body of its answer; fails where the tool does.
    pub(super) async fn answer(&self) -> Result<Vec<u8>> {
        self.answer_to(&self.describe).await
    }

    /// Sends a request of MCP and returns the body of its answer; fails where the request does.
    pub(super) async fn answer_to(&self, request: &[u8]) -> Result<Vec<u8>> {
        let mut connection = Connection::open(&self.said.authority).await?;
        let answer = connection.call(request).await?;
        let text = String::from_utf8_lossy(answer.body);
        ensure!(answer.status == 200, "{}: status {}: {text}", self.name, answer.status);
        let json: Value = serde_json::from_str(&text)?;
        let result = json.get("result").filter(|result| result["isError"] != true);
        ensure!(result.is_some(), "a request to {} failed: {text}", self.name);
        Ok(answer.body.to_vec())
    }

    /// Sends a GET request and returns the status and the body.
    pub(super) async fn get(&self, path: &str) -> Result<(u16, Vec<u8>)> {
        let mut connection = Connection::open(&self.said.authority).await?;
        let request = http_client::get(&self.said.authority, path);
        let answer = connection.call(&request).await?;
        Ok((answer.status, answer.body.to_vec()))
    }
}
