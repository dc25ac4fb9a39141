//! The runner of agents: the time from the request for a job to the first act of its agent.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::sleep;

use super::percentiles::percentile;
use crate::http_client::{self, Connection};
use crate::process::Process;

/// The number of jobs.
const JOBS: usize = 20;

/// The pause between two looks at something.
const POLL: Duration = Duration::from_millis(20);

/// The number of looks at something.
const LOOKS: usize = 1_000;

/// The token of the runner.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// An agent that prints the time, in nanoseconds.
const AGENTS: &str = "[agents.clock]\ncommand = [\"date\", \"+%s%N\"]\n";

/// Returns the median of the times, with the runner among the built programs. A job without a repository has an empty
/// folder as its worktree, so that nothing else is measured.
pub(super) async fn take(built: &Path) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("runner.toml"), AGENTS)?;
    let address = http_client::free_address()?;
    let variables = BTreeMap::from([
        ("AGENT_RUNNER_HOME".to_owned(), folder.path().display().to_string()),
        ("AGENT_RUNNER_BIND".to_owned(), address.clone()),
        ("AGENT_RUNNER_TOKEN".to_owned(), TOKEN.to_owned()),
    ]);
    let mut command = Command::new(built.join("covibe-agent-runner"));
    let _runner = Process::spawn(&mut command, &variables, folder.path())?;
    let mut connection = connect(&address).await?;
    let mut starts = Vec::new();
    for _ in 0..JOBS {
        starts.push(start(&mut connection, &address).await?);
    }
    starts.sort_unstable();
    Ok(percentile(&starts, 500))
}

async fn connect(address: &str) -> Result<Connection> {
    for _ in 0..LOOKS {
        if let Ok(connection) = Connection::open(address).await {
            return Ok(connection);
        }
        sleep(POLL).await;
    }
    Connection::open(address).await
}

/// Runs a job; returns the time from its request to the first act of its agent.
async fn start(connection: &mut Connection, address: &str) -> Result<Duration> {
    let body = json!({ "agent": "clock", "task": "Tell the time." }).to_string();
    let begun = SystemTime::now();
    let run = http_client::post(address, "/api/agent/run", TOKEN, &body);
    let answer = connection.call(&run).await?;
    ensure!(answer.status == 202, "the runner answered with status {}", answer.status);
    let job: Value = serde_json::from_slice(answer.body)?;
    let id = job["jobId"].as_str().context("no id")?;
    let look = format!(
        "GET /api/jobs/{id} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    for _ in 0..LOOKS {
        let job: Value = serde_json::from_slice(connection.call(look.as_bytes()).await?.body)?;
        if job["finishedAt"].is_string() {
            let told = job["output"].as_str().unwrap_or_default().trim();
            let told = told.parse().with_context(|| format!("no time: {job}"))?;
            let acted = SystemTime::UNIX_EPOCH + Duration::from_nanos(told);
            return Ok(acted.duration_since(begun)?);
        }
        sleep(POLL).await;
    }
    anyhow::bail!("the job does not end")
}
