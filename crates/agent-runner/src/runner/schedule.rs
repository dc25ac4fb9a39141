//! Taking jobs from the queue, in their order and some at a time.

use std::sync::Arc;

use covibe_domain::Timestamp;

use super::live_job::LiveJob;
use super::shared_state::Runner;
use crate::job::{Ending, Exit};
use crate::process::{ProcessId, Watched};

/// A job's place among those that are carried out, which its end frees.
struct RunningSlot(Runner);

impl Drop for RunningSlot {
    fn drop(&mut self) {
        self.0.index().running -= 1;
        self.0.wake().notify_one();
    }
}

/// The reason why no agent was started for a job.
#[derive(Debug)]
pub(super) enum NotBegun {
    /// It was cancelled.
    Cancelled,
    /// This was in the way, as a clause.
    Failed(String),
}

impl Runner {
    /// Carries out jobs for as long as the runtime lives.
    pub(super) async fn schedule(self) {
        let at_once = self.settings().agents.jobs_at_once();
        loop {
            // A job is taken in a statement of its own, so that the index is not locked meanwhile.
            let next = self.index().next(at_once);
            match next {
                Some(job) => _ = tokio::spawn(self.clone().carry_out(job)),
                None => self.wake().notified().await,
            }
        }
    }

    /// Carries out a job, from its worktree to its end.
    async fn carry_out(self, job: Arc<LiveJob>) {
        let _place = RunningSlot(self.clone());
        match self.begin(&job).await {
            Ok(supervisor) => self.follow(&job, &supervisor).await,
            Err(NotBegun::Cancelled) => self.finish(&job, Some(Exit::now(Ending::Cancelled))).await,
            Err(NotBegun::Failed(reason)) => {
                let exit = Exit { reason: Some(reason), ..Exit::now(Ending::NotStarted) };
                self.finish(&job, Some(exit)).await;
            }
        }
    }

    /// Carries out the rest of a job whose agent an earlier runner started.
    pub(super) async fn adopt(self, job: Arc<LiveJob>, (supervisor, at): (ProcessId, Timestamp)) {
        let _place = RunningSlot(self.clone());
        job.note_begin(at);
        self.follow(&job, &supervisor).await;
    }

    /// Ends a job whose files cannot be understood.
    pub(super) async fn abandon(self, job: Arc<LiveJob>) {
        let _place = RunningSlot(self.clone());
        let exit = self.exit(&job).await;
        self.finish(&job, exit).await;
    }

    /// Waits for the end of a job's supervisor, and finishes the job by what it wrote.
    async fn follow(&self, job: &LiveJob, supervisor: &ProcessId) {
        if let Some(watched) = Watched::open(supervisor).map(Arc::new) {
            job.supervised_by(Some(Arc::clone(&watched)));
            watched.wait_for_end().await;
            job.supervised_by(None);
        }
        let exit = self.exit(job).await;
        self.finish(job, exit).await;
    }
}
