//! The types of the runner's API. The runner writes them and the tools read them, so that a renamed member can't break
//! only one side.

use covibe_domain::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protected_resources::{Protectable, ProtectedKind};

/// The longest task, in bytes.
pub const MAX_TASK: usize = 64 * 1024;

/// The longest time that a job may take, in seconds.
pub const MAX_TIMEOUT_S: u32 = 4 * 3600;

/// The maximum number of commits that an answer lists.
pub const MAX_COMMITS: usize = 50;

/// Start an agent on a task. Returns as soon as the job is queued; get the job to learn its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// The agent's name in runner.toml, such as coder.
    #[schemars(length(min = 1, max = 64))]
    pub agent: String,
    /// The task, in plain words: at most 64 KiB.
    #[schemars(length(min = 1, max = 65536))]
    pub task: String,
    /// The repository that the agent works in: owner/name, or the name of one of the runner's own Gitea user. Without
    /// one, the agent works in an empty folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub repo: Option<String>,
    /// The branch, tag or commit that the agent begins at; by default the repository's default branch.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 250))]
    pub reference: Option<String>,
    /// True to push the agent's commits to the branch `agents/<jobId>` once it has ended; by default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<bool>,
    /// The time that the agent may take, in seconds; by default the agent's own in runner.toml, or 1800.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 14400))]
    pub timeout_s: Option<u32>,
    /// A text of the caller's own, such as a UUID: a second request with the same key gets the same job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub key: Option<String>,
}

/// A job is judged by its repository as it was typed, before the runner judges what it resolves to.
impl Protectable for NewJob {
    const KIND: ProtectedKind = ProtectedKind::Repository;

    fn label(&self, _: &str) -> String {
        self.repo.clone().unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        // A bare name belongs to a user whom only the runner knows; patterns for any owner match it, too.
        let full =
            |repo: &String| if repo.contains('/') { repo.clone() } else { format!("_/{repo}") };
        self.repo.iter().map(full).collect()
    }
}

/// The status of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It is waiting for its turn.
    Queued,
    /// Its agent runs.
    Running,
    /// The agent ended with exit code 0, and what was to be pushed was pushed.
    Succeeded,
    /// The agent ended otherwise, could not be started, or its commits could not be pushed.
    Failed,
    /// The agent was stopped because its time ran out.
    TimedOut,
    /// Somebody cancelled it.
    Cancelled,
    /// Nobody knows how it ended, for example because the machine was restarted.
    Lost,
}

impl JobStatus {
    /// Returns whether it changes no more.
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }
}

/// A job that was accepted, or the one that has the same key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedJob {
    /// Its id.
    pub job_id: String,
    /// Its status.
    pub status: JobStatus,
}

/// A commit of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobCommit {
    /// Its hash.
    pub sha: String,
    /// The first line of its message.
    pub subject: String,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub job_id: String,
    /// The agent's name.
    pub agent: String,
    /// Its status.
    pub status: JobStatus,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its agent was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The agent's exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The runner's sentence about its outcome.
    pub summary: String,
    /// The branch that its commits were pushed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Its commits, the newest first: at most 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commits: Option<Vec<JobCommit>>,
    /// The beginning and end of what the agent printed; a list of jobs leaves it out.
    #[serde(default)]
    pub output: String,
    /// True if output or commits are incomplete.
    #[serde(default)]
    pub truncated: bool,
}

/// The jobs that a runner knows, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobList {
    /// The jobs, without what their agents printed.
    pub jobs: Vec<Job>,
    /// The total number.
    pub total: usize,
    /// True if the list leaves some out.
    pub truncated: bool,
}

/// An agent that a runner can start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentView {
    /// Its name.
    pub name: String,
    /// The operator's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The tools that it gets.
    pub tools: Vec<String>,
    /// The time that it may take by default, in seconds.
    pub timeout_s: u32,
}

/// The agents that a runner can start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentList {
    /// The agents, by name.
    pub agents: Vec<AgentView>,
}
