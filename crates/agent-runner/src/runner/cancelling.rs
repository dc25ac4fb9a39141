//! Cancelling a job.

use std::time::Duration;

use covibe_agent_servers::agent::runner_api_types::{AcceptedJob, JobStatus};
use covibe_domain::Failure;

use super::live_job::LiveJob;
use super::shared_state::{Runner, unwritable};
use crate::job::{Ending, Exit};

/// The time beyond an agent's grace for which the end of a cancelled job is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

impl Runner {
    /// Cancels a job, and waits until it has ended, or for some seconds: the status says which. An agent that ends by itself at
    /// the same time decides how the job ended.
    pub(crate) async fn cancel(&self, id: &str) -> Result<AcceptedJob, Failure> {
        let job = self.job(id)?;
        if job.status().has_ended() {
            return Err(already_ended(job.status()));
        }
        let runner = self.clone();
        // In a task of its own: a caller who goes away must not leave a job that is neither queued nor ended.
        let cancelled = self.runtime().spawn(async move { runner.cancel_job(&job).await }).await;
        cancelled.unwrap_or_else(|_| Err(Failure::unready("The runner is shutting down.")))
    }

    async fn cancel_job(&self, job: &LiveJob) -> Result<AcceptedJob, Failure> {
        // The mark is durable, so that the job is cancelled whatever becomes of this process.
        job.cancel().map_err(|error| unwritable(&error))?;
        let was_queued = self.index().withdraw(&job.id);
        if was_queued {
            self.finish(job, Some(Exit::now(Ending::Cancelled))).await;
        } else {
            let patience = self.settings().limits.grace + PATIENCE;
            let _ = tokio::time::timeout(patience, job.wait_for_end()).await;
        }
        match job.status() {
            status if status.has_ended() && status != JobStatus::Cancelled => {
                Err(already_ended(status))
            }
            _ => Ok(job.accepted()),
        }
    }
}

fn already_ended(status: JobStatus) -> Failure {
    let message = format!("The job has ended: {}.", status.as_str());
    Failure::conflict(message).hint("There is nothing to cancel.")
}
