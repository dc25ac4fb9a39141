//! The server that a rehearsal talks to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::http_client::{self, Connection};
use crate::process::Process;
use crate::shell;

/// The folder of its database, in the scratch folder.
const DATA: &str = "data";

/// A running `covibe-server sandbox`.
pub(super) struct Sandbox {
    process: Process,
    program: PathBuf,
    scratch: PathBuf,
    variables: BTreeMap<String, String>,
    said: Announcement,
    authority: String,
}

/// Its first line.
#[derive(Deserialize)]
struct Announcement {
    origin: String,
    token: String,
    workspace: String,
    upstreams: Value,
}

/// A call that the server refused.
#[derive(Debug, thiserror::Error)]
#[error("{status} {}", body["error"].as_str().unwrap_or("without an error"))]
pub(super) struct RefusedCall {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Sandbox {
    /// Starts it with these settings; its other upstreams are simulated.
    pub(super) async fn start(
        program: PathBuf,
        scratch: &Path,
        variables: BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut command = Command::new(&program);
        command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", DATA]);
        let (process, line) = Process::start(&mut command, &variables, scratch).await?;
        // The line holds a key, so the error must not contain it.
        let said: Announcement =
            serde_json::from_str(&line).context("the sandbox printed an unexpected first line")?;
        let authority = said.origin.strip_prefix("http://").context("an http origin")?.to_owned();
        let scratch = scratch.to_owned();
        Ok(Self { process, program, scratch, variables, said, authority })
    }

    /// Returns where the simulated provider of DNS answers, if there is one.
    pub(super) fn dns(&self) -> Option<&str> {
        self.said.upstreams["dns"]["address"].as_str()
    }

    /// Returns the path of the socket of the simulated Docker Engine.
    pub(super) fn docker(&self) -> Option<&str> {
        self.said.upstreams["docker"]["url"].as_str()?.strip_prefix("unix://")
    }

    /// Calls a tool.
    pub(super) async fn call(&self, tool: &str, params: Value) -> Result<Value> {
        match self.answer(tool, params).await? {
            Ok(result) => Ok(result),
            Err(refused) => Err(refused).with_context(|| tool.to_owned()),
        }
    }

    /// Calls a tool that must refuse.
    pub(super) async fn expect_refusal(&self, tool: &str, params: Value) -> Result<RefusedCall> {
        match self.answer(tool, params).await? {
            Err(refused) => Ok(refused),
            Ok(_) => bail!("{tool} was not refused"),
        }
    }

    /// Calls a tool, and returns its answer or its refusal.
    pub(super) async fn answer(
        &self,
        tool: &str,
        params: Value,
    ) -> Result<std::result::Result<Value, RefusedCall>> {
        let body = json!({ "tool": tool, "params": params }).to_string();
        let request = http_client::post(&self.authority, "/api/mcp", &self.said.token, &body);
        let mut connection = Connection::open(&self.authority).await?;
        let answer = connection.call(&request).await.with_context(|| tool.to_owned())?;
        let status = answer.status;
        let mut body: Value =
            serde_json::from_slice(answer.body).with_context(|| format!("{tool}: not JSON"))?;
        Ok(if status == 200 {
            Ok(body["result"].take())
        } else {
            Err(RefusedCall { status, body })
        })
    }

    /// Removes the workspace's object storage, beside the server.
    pub(super) fn remove_storage(&self) -> Result<()> {
        let mut variables = self.variables.clone();
        variables.extend(self.simulated_storage()?);
        let mut command = std::process::Command::new(&self.program);
        command.args(["tenant", "remove-storage", "--workspace", &self.said.workspace]);
        command.env_clear().envs(&variables).current_dir(&self.scratch);
        command.env("COVIBE_DATA_DIR", self.scratch.join(DATA));
        shell::read_output(&mut command).map(drop)
    }

    /// Returns the settings by which a command reaches the simulated object storage; none if it is real.
    fn simulated_storage(&self) -> Result<BTreeMap<String, String>> {
        let said = &self.said.upstreams["storage"];
        let (Some(url), Some(project)) = (said["url"].as_str(), said["project"].as_str()) else {
            return Ok(BTreeMap::new());
        };
        let key_file = self.scratch.join("google.json");
        std::fs::write(&key_file, said["key_file"].to_string())?;
        let settings = [
            ("COVIBE_STORAGE_PROJECT", project),
            ("COVIBE_STORAGE_API_URL", url),
            ("COVIBE_STORAGE_IAM_API_URL", url),
            ("GOOGLE_APPLICATION_CREDENTIALS", key_file.to_str().context("a path of UTF-8")?),
        ];
        Ok(settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// Stops it. Simulated upstreams end with it.
    pub(super) async fn stop(self) -> Result<Stopped> {
        let Self { process, program, scratch, variables, said, .. } = self;
        process.stop().await?;
        Ok(Stopped { program, scratch, variables, workspace: said.workspace })
    }
}

/// A server that has stopped, on whose data its operator's commands work.
pub(super) struct Stopped {
    program: PathBuf,
    scratch: PathBuf,
    variables: BTreeMap<String, String>,
    workspace: String,
}

impl Stopped {
    /// Removes the zone of a domain. Returns what the command prints.
    pub(super) fn remove_zone(&self, domain: &str) -> Result<String> {
        let mut command = std::process::Command::new(&self.program);
        command.args(["tenant", "remove-zone", "--workspace", &self.workspace, domain]);
        command.env_clear().envs(&self.variables).current_dir(&self.scratch);
        command.env("COVIBE_DATA_DIR", self.scratch.join(DATA));
        Ok(shell::read_output(&mut command)?.trim().to_owned())
    }
}

/// Returns the server's program, which is built unless it is given.
pub(super) fn program(given: Option<&PathBuf>) -> Result<PathBuf> {
    shell::given_or_built_program(given, "covibe-server")
}
