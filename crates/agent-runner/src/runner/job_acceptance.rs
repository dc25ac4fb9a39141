//! Accepting a job.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use std::time::Duration;

use covibe_agent_servers::agent::runner_api_types::{AcceptedJob, JobStatus, MAX_TASK, NewJob};
use covibe_domain::{Failure, Kind, Timestamp};
use covibe_operation::{Operation, Route, Spec};

use super::live_job::LiveJob;
use super::shared_state::{Runner, unwritable};
use crate::durable_files;
use crate::job::{JobFolder, JobId, JobRepository, Record};
use crate::resolved_repository::Repository;

/// When a caller may try again whose job found no room in the queue.
const FULL_WAIT: Duration = Duration::from_secs(30);

impl Operation<Runner> for NewJob {
    const SPEC: Spec = Spec::write("agent.run", Route::NONE);

    type Output = AcceptedJob;

    async fn run(self, cx: &Runner) -> Result<AcceptedJob, Failure> {
        cx.accept(self).await
    }
}

impl Runner {
    /// Queues a job, or returns the one that has its key. The job is durable when this returns.
    async fn accept(&self, job: NewJob) -> Result<AcceptedJob, Failure> {
        if let Some(known) = self.find_by_key(&job) {
            return Ok(known);
        }
        self.check(&job)?;
        let runner = self.clone();
        // In a task of its own: a caller who goes away must not leave a job that is on disk and not in the queue.
        let queued = self.runtime().spawn(async move { runner.queue(job).await }).await;
        queued.unwrap_or_else(|_| Err(Failure::unready("The runner is shutting down.")))
    }

    /// Returns the job that has the same key.
    fn find_by_key(&self, job: &NewJob) -> Option<AcceptedJob> {
        let key = job.key.as_deref()?;
        self.index().with_key(key).map(|job| job.accepted())
    }

    fn check(&self, job: &NewJob) -> Result<(), Failure> {
        let Some(agent) = self.settings().agents.get(&job.agent) else {
            let known = self.settings().agents.names().join(", ");
            return Err(invalid(
                "`agent` is not the name of an agent.",
                format!("Agents: {known}."),
            ));
        };
        if job.task.trim().is_empty() || job.task.len() > MAX_TASK {
            return Err(invalid("`task` is empty or longer than 64 KiB.", "Correct the task."));
        }
        if let Some(objection) = agent.command.objection(&job.task) {
            return Err(invalid(format!("`task` {objection}."), "Begin it with another word."));
        }
        if job.repo.is_none() && (job.push == Some(true) || job.reference.is_some()) {
            return Err(invalid("`push` and `ref` need `repo`.", "Add the repository."));
        }
        Ok(())
    }

    async fn queue(&self, job: NewJob) -> Result<AcceptedJob, Failure> {
        let repository = match &job.repo {
            Some(name) => Some(self.resolve_repository(name).await?),
            None => None,
        };
        let _turn = self.accepting().lock().await;
        if let Some(known) = self.find_by_key(&job) {
            return Ok(known);
        }
        if self.index().queue.len() >= self.settings().limits.queued {
            return Err(Failure::new(Kind::Limited, "Too many jobs are waiting.")
                .hint("Nothing was queued. Try again once some of them have ended.")
                .retry_after(FULL_WAIT));
        }
        let (record, task) = (self.record(&job, repository), job.task);
        let folder = self.folder(&record.id);
        let written = tokio::task::spawn_blocking(move || {
            create(&folder, &record, &task).map(|()| LiveJob::new(folder, record))
        });
        let live = written.await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        let live = Arc::new(live.map_err(|error| unwritable(&error))?);
        let mut index = self.index();
        index.add(Arc::clone(&live));
        index.queue.push_back(live.id.clone());
        drop(index);
        self.wake().notify_one();
        Ok(live.accepted())
    }

    async fn resolve_repository(&self, name: &str) -> Result<JobRepository, Failure> {
        let found = Repository::resolve(self.gitea()?, &self.settings().guard, name).await?;
        Ok(JobRepository { id: found.id, full_name: found.full_name.clone() })
    }

    fn record(&self, job: &NewJob, repository: Option<JobRepository>) -> Record {
        let default = self.settings().agents.get(&job.agent).map_or(1, |agent| agent.timeout_s);
        Record {
            id: JobId::new(),
            agent: job.agent.clone(),
            repository,
            reference: job.reference.clone(),
            push: job.push.unwrap_or(false),
            timeout_s: job.timeout_s.unwrap_or(default),
            key: job.key.clone(),
            status: JobStatus::Queued,
            created_at: Timestamp::now(),
            started_at: None,
            finished_at: None,
            attempt: 0,
            base: None,
            exit_code: None,
            summary: "It is waiting for its turn.".to_owned(),
            branch: None,
            commits: None,
            commit_count: 0,
            is_cleaned: false,
        }
    }
}

fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::invalid(message).hint(hint)
}

/// Writes a job. Its record comes last: a folder without one was not acknowledged.
fn create(folder: &JobFolder, record: &Record, task: &str) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder.path())?;
    durable_files::write(&folder.task(), task.as_bytes())?;
    durable_files::write_json(&folder.record(), record)?;
    durable_files::sync_folder(folder.path().parent().ok_or(io::ErrorKind::InvalidInput)?)
}
