//! Jobs as callers see them.

use std::sync::Arc;

use covibe_agent_servers::agent::runner_api_types::{Job, JobList, JobStatus};

use super::live_job::LiveJob;
use super::shared_state::Runner;
use crate::output_log::{Layout, Stored};

/// The maximum size of an output in an answer, in bytes.
const MAX_OUTPUT: u64 = 24 * 1024;

/// The maximum number of jobs of a list.
const MAX_LISTED: usize = 200;

impl LiveJob {
    /// Returns the job as callers see it.
    pub(crate) fn view(&self) -> Job {
        let stored = Stored::open(&self.folder.output(), Layout::USUAL);
        let (output, is_cut) = stored.excerpt(MAX_OUTPUT).unwrap_or_else(|error| {
            tracing::warn!(%error, job = %self.id, "the output of a job cannot be read");
            (String::new(), true)
        });
        let job = self.brief();
        Job { output, truncated: job.truncated || is_cut, ..job }
    }

    /// Returns the job without what its agent printed.
    pub(crate) fn brief(&self) -> Job {
        let record = self.record();
        let listed = record.commits.as_ref().map_or(0, Vec::len);
        Job {
            job_id: record.id.to_string(),
            agent: record.agent,
            status: record.status,
            created_at: record.created_at,
            started_at: record.started_at,
            finished_at: record.finished_at,
            exit_code: record.exit_code,
            summary: record.summary,
            branch: record.branch,
            truncated: record.commit_count > listed,
            commits: record.commits,
            output: String::new(),
        }
    }
}

impl Runner {
    /// Lists the newest jobs, of all or of one status.
    pub(crate) fn list(&self, status: Option<JobStatus>) -> JobList {
        let has_status = |job: &&Arc<LiveJob>| status.is_none_or(|status| job.status() == status);
        let jobs: Vec<_> = self.index().jobs.values().rev().filter(has_status).cloned().collect();
        let shown: Vec<_> = jobs.iter().take(MAX_LISTED).map(|job| job.brief()).collect();
        JobList { total: jobs.len(), truncated: jobs.len() > shown.len(), jobs: shown }
    }
}
