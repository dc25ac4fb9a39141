//! The end of a job.

use std::io;

use covibe_agent_servers::confinement::end_process_tree;
use covibe_agent_servers::tree_removal::remove_tree;
use covibe_domain::Timestamp;

use super::job_outcome::{Conclusion, Pushed, conclude};
use super::launch_attempt::MARK;
use super::live_job::LiveJob;
use super::shared_state::Runner;
use crate::durable_files;
use crate::git::{self, Collected};
use crate::job::{Ending, Exit, JobFolder, JobRepository};
use crate::process::{ProcessId, kill_marked};
use crate::resolved_repository::Repository;

impl Runner {
    /// Returns how the agent of a job ended whose supervisor has ended; none if nobody knows. Its processes have ended.
    pub(super) async fn exit(&self, job: &LiveJob) -> Option<Exit> {
        match durable_files::read_json(&job.folder.exit()) {
            Ok(Some(exit)) => return Some(exit),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, job = %job.id, "the outcome of a job cannot be read");
            }
        }
        let (folder, id) = (job.folder.clone(), job.id.clone());
        let ended = tokio::task::spawn_blocking(move || {
            end_left_behind(&folder);
            kill_marked(MARK, id.as_str());
        });
        let _ = ended.await;
        None
    }

    /// Ends a job: takes its commits, pushes them if it should, and writes what became of it.
    pub(super) async fn finish(&self, job: &LiveJob, exit: Option<Exit>) {
        let pushed = match &exit {
            Some(exit) => self.hand_over(job, exit).await,
            None => Handover::default(),
        };
        let Handover { collected, pushed } = pushed;
        let Conclusion { status, summary } = conclude(exit.as_ref(), &job.record(), &pushed);
        tracing::info!(job = %job.id, status = status.as_str(), "a job has ended");
        let finished = exit.as_ref().map_or_else(Timestamp::now, |exit| exit.at);
        // If it cannot be written, the next runner comes to the same.
        let _ = job.update(|record| {
            (record.status, record.summary) = (status, summary);
            record.finished_at = Some(finished);
            record.exit_code = exit.and_then(|exit| exit.code);
            record.branch = matches!(pushed, Pushed::Done).then(|| record.id.branch());
            record.commit_count = collected.as_ref().map_or(0, |it| it.count);
            record.commits = collected.map(|it| it.commits);
        });
        self.tidy(job).await;
    }

    async fn hand_over(&self, job: &LiveJob, exit: &Exit) -> Handover {
        let record = job.record();
        let ended = matches!(exit.ending, Ending::Exited | Ending::TimedOut | Ending::Cancelled);
        let (Some(repository), Some(base), true) = (&record.repository, &record.base, ended) else {
            return Handover::default();
        };
        let collected = self.collected(job, repository, base).await;
        // Whoever cancels a job does not want its work.
        let is_asked = record.push && exit.ending != Ending::Cancelled;
        let pushed = match &collected {
            _ if !is_asked => Pushed::Unasked,
            Ok(collected) if collected.count == 0 => Pushed::Nothing,
            Ok(collected) => self.pushed(job, repository, collected).await,
            Err(reason) => Pushed::Not(reason.clone()),
        };
        Handover { collected: collected.ok(), pushed }
    }

    async fn collected(
        &self,
        job: &LiveJob,
        repository: &JobRepository,
        base: &str,
    ) -> Result<Collected, String> {
        let gitea = self.gitea().map_err(|failure| failure.message)?;
        let mirror = self.mirrors().path(gitea, repository.id);
        let (work, to) = (job.folder.work(), job.folder.collected());
        let collected = git::collect(&work, &mirror, base, &to).await;
        let collected =
            collected.map_err(|error| format!("its commits cannot be read: {error}"))?;
        collected.ok_or_else(|| "its worktree is no longer a usable repository".to_owned())
    }

    async fn pushed(
        &self,
        job: &LiveJob,
        repository: &JobRepository,
        collected: &Collected,
    ) -> Pushed {
        let pushing = async {
            let gitea = self.gitea().map_err(|failure| failure.message)?;
            let found =
                Repository::resolve_for_job(gitea, &self.settings().guard, repository).await;
            let found = found.map_err(|failure| failure.message)?;
            let pushed = git::push(collected, &found, gitea, &job.id).await;
            pushed.map_err(|error| format!("Gitea did not accept them ({error})"))
        };
        pushing.await.map_or_else(Pushed::Not, |()| Pushed::Done)
    }

    /// Removes what only a running job needs.
    async fn tidy(&self, job: &LiveJob) {
        let folders = [job.folder.client(), job.folder.temporary(), job.folder.collected()];
        let removed = tokio::task::spawn_blocking(move || -> io::Result<()> {
            // Each of them, whatever becomes of the others.
            folders.map(|folder| remove_tree(&folder)).into_iter().collect()
        });
        if !matches!(removed.await, Ok(Ok(()))) {
            tracing::warn!(job = %job.id, "temporary files of a job cannot be removed");
        }
    }
}

/// The commits of a job, and what became of them.
#[derive(Default)]
struct Handover {
    collected: Option<Collected>,
    pushed: Pushed,
}

/// Ends the agent whose supervisor was killed.
fn end_left_behind(folder: &JobFolder) {
    let agent: Option<ProcessId> = durable_files::read_json(&folder.agent()).ok().flatten();
    if let Some(agent) = agent.filter(ProcessId::is_alive) {
        end_process_tree(agent.pid);
    }
}
