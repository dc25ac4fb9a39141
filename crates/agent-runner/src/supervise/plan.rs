//! The plan that a supervisor carries out. Nothing in it is secret: variables come with the supervisor's own environment.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The standard input of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stdin {
    /// Nothing.
    Empty,
    /// The task.
    Task,
}

/// The start of an agent, and the time that it may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) stdin: Stdin,
    /// Paths beside the worktree that the agent may read.
    pub(crate) readable: Vec<PathBuf>,
    /// Paths beside the worktree that the agent may write.
    pub(crate) writable: Vec<PathBuf>,
    /// The time that it may run.
    pub(crate) timeout: Duration,
    /// The time that it may take to end once it is told to.
    pub(crate) grace: Duration,
}
