//! `spawn_agent`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::context::AgentContext;
use super::runner_api_types::{JobStatus, MAX_TASK, NewJob};

/// Start another agent on a task; returns its job's id at once. It works alone and can't ask you: put everything
/// that it must know into the task. get_job_status reports its outcome.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct SpawnAgent {
    /// The agent's name, such as coder, pm or marketing.
    #[schemars(length(min = 1, max = 64))]
    agent: String,
    /// The task, at most 64 KiB.
    #[schemars(length(min = 1, max = 65536))]
    task: String,
    /// The repository, such as acme/shop, or a name of the runner's Gitea user; default: an empty folder.
    #[schemars(length(min = 1, max = 200))]
    repo: Option<String>,
    /// The branch, tag or commit to begin at; default: the default branch.
    #[serde(rename = "ref")]
    #[schemars(length(min = 1, max = 250))]
    reference: Option<String>,
    /// Push its commits to `agents/<jobId>`; default false.
    push: Option<bool>,
    /// The time limit in seconds; default: the runner's, such as 1800.
    #[schemars(range(min = 1, max = 14400))]
    timeout_s: Option<u32>,
}

/// A job that was queued.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpawnedAgent {
    /// The job's id, for get_job_status.
    job_id: String,
    /// Its status.
    #[schemars(with = "String")]
    status: JobStatus,
    /// The next step.
    #[schemars(example = &"Call get_job_status.")]
    hint: &'static str,
}

const NEXT: &str =
    "The job is queued, not done. Call get_job_status with its `jobId` until it has ended.";

impl Operation<AgentContext> for SpawnAgent {
    const SPEC: Spec = Spec::write("spawn_agent", Route::NONE);

    type Output = SpawnedAgent;

    async fn run(self, cx: &AgentContext) -> Result<SpawnedAgent, Failure> {
        if self.task.len() > MAX_TASK {
            return Err(Failure::invalid("`task` is longer than 64 KiB.")
                .hint("Shorten it, or put long texts into a file of the repository."));
        }
        let accepted = cx.start(&cx.permit(self.into_job())?).await?;
        Ok(SpawnedAgent { job_id: accepted.job_id, status: accepted.status, hint: NEXT })
    }
}

impl SpawnAgent {
    /// Returns the job, with a key that this call alone has: repeats of its request start nothing further.
    fn into_job(self) -> NewJob {
        let Self { agent, task, repo, reference, push, timeout_s } = self;
        let key = Some(Uuid::now_v7().to_string());
        NewJob { agent, task, repo, reference, push, timeout_s, key }
    }
}
