//! The record of a job, which is durable before the job is acknowledged.

use covibe_agent_servers::agent::runner_api_types::{JobCommit, JobStatus};
use covibe_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::JobId;

/// The repository of a job, as Gitea resolved it when the job was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobRepository {
    /// Its number, which no other repository ever gets.
    pub(crate) id: i64,
    /// `owner/name`.
    pub(crate) full_name: String,
}

/// All that is known of a job but its task and what its agent printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) id: JobId,
    pub(crate) agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<JobRepository>,
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) push: bool,
    pub(crate) timeout_s: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) status: JobStatus,
    pub(crate) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<Timestamp>,
    /// The attempts at starting its agent; at most one of them started it.
    #[serde(default)]
    pub(crate) attempt: u32,
    /// The commit that its worktree began at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exit_code: Option<i32>,
    #[serde(default)]
    pub(crate) summary: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
    /// The newest commits, and the number of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commits: Option<Vec<JobCommit>>,
    #[serde(default)]
    pub(crate) commit_count: usize,
    /// True if its worktree was removed.
    #[serde(default)]
    pub(crate) is_cleaned: bool,
}
