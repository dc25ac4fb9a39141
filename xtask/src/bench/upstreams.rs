//! Simulated upstreams in a process of their own, so that their work and memory don't count as the measured server's.

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::process::Command;

use super::server::Programs;
use crate::process::Process;
use crate::process::postgres::Variables;
use crate::sandbox_first_line::Announced;

/// The simulated Coolify with its Docker Engine, and the simulated Gitea, of a sandbox that nobody else calls.
pub(super) struct Upstreams {
    _process: Process,
    /// The settings by which a server uses them.
    pub(super) variables: Variables,
}

impl Programs {
    /// Starts simulated upstreams.
    pub(super) async fn upstreams(&self) -> Result<Upstreams> {
        let scratch = tempfile::tempdir_in(self.scratch_of("upstreams")?)?.keep();
        let mut command = Command::new(&self.server);
        command.args(["sandbox", "--json", "--bind", "127.0.0.1:0"]);
        let (process, line) = Process::start(&mut command, &Variables::new(), &scratch).await?;
        let said = Announced::from_line(&line)?;
        Ok(Upstreams { _process: process, variables: settings(&said.upstreams)? })
    }
}

/// Returns the settings of upstreams that a sandbox described.
fn settings(upstreams: &Value) -> Result<Variables> {
    let settings = [
        ("COOLIFY_API_URL", &upstreams["coolify"]["url"]),
        ("COOLIFY_API_TOKEN", &upstreams["coolify"]["token"]),
        ("COVIBE_DOCKER_HOST", &upstreams["docker"]["url"]),
        ("GITEA_API_URL", &upstreams["gitea"]["url"]),
        ("GITEA_API_TOKEN", &upstreams["gitea"]["token"]),
        ("GITEA_USERNAME", &Value::from("root")),
    ];
    let setting =
        |(name, value): (&str, &Value)| Some((name.to_owned(), value.as_str()?.to_owned()));
    settings.into_iter().map(setting).collect::<Option<_>>().context("an upstream is missing")
}
