//! The folder that an agent works in.

use std::fs;
use std::io;
use std::path::PathBuf;

use covibe_agent_servers::tree_removal::remove_tree;

use super::live_job::LiveJob;
use super::shared_state::Runner;
use crate::git::{self, Worktree};
use crate::job::JobRepository;
use crate::resolved_repository::Repository;

/// The worktree of a job that has a repository.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The commit that it begins at.
    pub(super) base: String,
    /// The mirror, which the agent's git reads.
    pub(super) mirror: PathBuf,
}

impl Runner {
    /// Makes the folder that a job's agent works in: a worktree, or an empty folder.
    ///
    /// # Errors
    ///
    /// The reason, as a clause.
    pub(super) async fn prepare(&self, job: &LiveJob) -> Result<Option<Prepared>, String> {
        let work = job.folder.work();
        let empty = || -> io::Result<()> {
            // An earlier attempt may have left a part of it.
            remove_tree(&work)?;
            fs::create_dir_all(&work)
        };
        empty().map_err(|error| format!("its folder cannot be created ({error})"))?;
        match job.record().repository {
            Some(repository) => self.worktree(job, &repository).await.map(Some),
            None => Ok(None),
        }
    }

    async fn worktree(&self, job: &LiveJob, of: &JobRepository) -> Result<Prepared, String> {
        let gitea = self.gitea().map_err(|failure| failure.message)?;
        let found = Repository::resolve_for_job(gitea, &self.settings().guard, of).await;
        let found = found.map_err(|failure| {
            format!("Gitea did not return its repository: {}", failure.message)
        })?;
        let fetched = self.mirrors().fetch_mirror(&found, gitea).await;
        let mirror =
            fetched.map_err(|error| format!("{} cannot be fetched: {error}", of.full_name))?;
        let (record, work) = (job.record(), job.folder.work());
        let reference = record.reference.as_deref().unwrap_or(&found.default_branch);
        let worktree = Worktree {
            folder: &work,
            mirror: &mirror,
            origin: &found.url(gitea),
            reference,
            branch: &job.id.branch(),
            author: &record.agent,
        };
        let base = git::create(&worktree).await;
        let base = base.map_err(|error| format!("its worktree cannot be created: {error}"))?;
        let base = base
            .ok_or_else(|| format!("{} has no branch, tag or commit {reference}", of.full_name))?;
        Ok(Prepared { base, mirror })
    }
}
