//! The places in a job's folder.

use std::path::{Path, PathBuf};

/// A job's folder.
#[derive(Clone, Debug)]
pub(crate) struct JobFolder(PathBuf);

impl JobFolder {
    /// The folder at a path.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The record, which the runner alone writes.
    pub(crate) fn record(&self) -> PathBuf {
        self.0.join("job.json")
    }

    /// The agent's task.
    pub(crate) fn task(&self) -> PathBuf {
        self.0.join("task")
    }

    /// The configuration that names the agent's MCP server.
    pub(crate) fn mcp_config(&self) -> PathBuf {
        self.0.join("mcp.json")
    }

    /// The plan of an attempt, which its supervisor carries out.
    pub(crate) fn plan(&self, attempt: u32) -> PathBuf {
        self.0.join(format!("plan-{attempt}.json"))
    }

    /// The claim on an attempt.
    pub(crate) fn claim(&self, attempt: u32) -> PathBuf {
        self.0.join(format!("claim-{attempt}.json"))
    }

    /// The agent's process.
    pub(crate) fn agent(&self) -> PathBuf {
        self.0.join("agent.json")
    }

    /// The mark that somebody cancelled the job.
    pub(crate) fn cancel(&self) -> PathBuf {
        self.0.join("cancel")
    }

    /// The end of the agent.
    pub(crate) fn exit(&self) -> PathBuf {
        self.0.join("exit.json")
    }

    /// The complaints of the supervisor.
    pub(crate) fn complaints(&self) -> PathBuf {
        self.0.join("supervisor.log")
    }

    /// The agent's output.
    pub(crate) fn output(&self) -> PathBuf {
        self.0.join("output")
    }

    /// The folder that the agent works in.
    pub(crate) fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// The agent's private temporary folder.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// The settings of the agent's program in this job, and its sign-in.
    pub(crate) fn client(&self) -> PathBuf {
        self.0.join("client")
    }

    /// The repository that the agent's commits are taken into.
    pub(crate) fn collected(&self) -> PathBuf {
        self.0.join("collected.git")
    }
}
