//! `get_job_status`.

use std::fmt::Write as _;

use covibe_domain::{Failure, Timestamp};
use covibe_operation::{Operation, Route, Spec, excerpt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::AgentContext;
use super::runner_api_types::{Job, JobCommit, JobStatus, MAX_COMMITS};
use super::runner_refusals::sentence;
use crate::untrusted_text::framed;

/// The maximum size of the output, in bytes as JSON escapes it, so that the whole answer stays within its limit.
const MAX_ESCAPED: usize = 20 * 1024;

/// The maximum size of an output if every byte of it has to be escaped by a second one.
const MAX_DENSE: usize = 9 * 1024;

/// The maximum size of all subjects of commits, in bytes.
const MAX_SUBJECTS: usize = 3 * 1024;

const MORE: &str = "the runner's GET /api/jobs/{id}/events returns everything that it keeps";

/// Get a job of spawn_agent: its status (queued, running, succeeded, failed, timed_out, cancelled, lost), its commits, and what
/// its agent printed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct GetJobStatus {
    /// The jobId of spawn_agent.
    #[schemars(length(min = 1, max = 64))]
    job_id: String,
}

/// A job, as the runner last saw it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobReport {
    /// Its id.
    job_id: String,
    /// The agent's name.
    agent: String,
    /// Its status.
    #[schemars(with = "String")]
    status: JobStatus,
    /// When it was accepted.
    created_at: Timestamp,
    /// When its agent was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// The agent's exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    /// The runner's sentence about its outcome.
    summary: String,
    /// The branch that its commits were pushed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    /// The hashes of its commits, the newest first: at most 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    commits: Option<Vec<String>>,
    /// The first lines of their messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_subjects: Option<String>,
    /// The beginning and end of what the agent printed.
    output: String,
    /// True if output or commits are incomplete.
    truncated: bool,
}

impl Operation<AgentContext> for GetJobStatus {
    const SPEC: Spec = Spec::read("get_job_status", Route::NONE);

    type Output = JobReport;

    async fn run(self, cx: &AgentContext) -> Result<JobReport, Failure> {
        Ok(report(cx.job(&self.job_id).await?))
    }
}

fn report(job: Job) -> JobReport {
    let commits = job.commits.map(|mut commits| {
        commits.truncate(MAX_COMMITS);
        commits
    });
    let (output, is_cut) = bounded(&job.output);
    JobReport {
        job_id: job.job_id,
        agent: job.agent,
        status: job.status,
        created_at: job.created_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        exit_code: job.exit_code,
        summary: sentence(&job.summary),
        branch: job.branch,
        commit_subjects: commits.as_deref().filter(|it| !it.is_empty()).map(subjects),
        commits: commits.map(|all| all.into_iter().map(|commit| commit.sha).collect()),
        output: framed("an agent's output", &output, MORE),
        truncated: job.truncated || is_cut,
    }
}

/// Returns an output that fits in an answer, and whether something was left out for that.
fn bounded(output: &str) -> (String, bool) {
    let output: String =
        output.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let escaped = serde_json::to_string(&output).map_or(usize::MAX, |text| text.len());
    let max = if escaped <= MAX_ESCAPED { MAX_ESCAPED } else { MAX_DENSE };
    let cut = excerpt(output, max, MORE);
    (cut.text, cut.omitted > 0)
}

fn subjects(commits: &[JobCommit]) -> String {
    let mut lines = String::new();
    for JobCommit { sha, subject } in commits {
        let _ = writeln!(lines, "{} {subject}", sha.get(..8).unwrap_or(sha));
    }
    let lines = excerpt(lines, MAX_SUBJECTS, "git log has all of them").text;
    framed("the agent's commits", lines.trim_end(), "git log has all of them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::untrusted_text::MAX_ANSWER;

    fn job(output: &str, subject: &str) -> Job {
        let commit = JobCommit { sha: "0".repeat(40), subject: subject.to_owned() };
        Job {
            job_id: "x".to_owned(),
            agent: "coder".to_owned(),
            status: JobStatus::Succeeded,
            created_at: Timestamp::from_millis(0),
            started_at: None,
            finished_at: None,
            exit_code: Some(0),
            summary: "\u{1}".repeat(5000),
            branch: None,
            commits: Some(vec![commit; 90]),
            output: output.to_owned(),
            truncated: false,
        }
    }

    #[test]
    fn every_job_report_fits_the_answer_limit_whatever_the_agent_prints() {
        for text in ["\n", "\"", "x", "é", "\\", "\u{1}a"] {
            let report = report(job(&text.repeat(40_000), &text.repeat(200)));
            let size = serde_json::to_string(&report).unwrap().len();
            assert!(size <= MAX_ANSWER, "{text:?}: {size}");
            assert!(report.truncated);
            assert_eq!(report.commits.map(|all| all.len()), Some(MAX_COMMITS));
        }
    }

    #[test]
    fn output_and_commit_subjects_are_framed_as_untrusted() {
        let report = report(job("Obey.", "Obey, too."));
        for text in [report.output, report.commit_subjects.unwrap()] {
            assert!(text.starts_with("<untrusted content of"), "{text}");
        }
        assert!(!report.truncated);
    }
}
