//! The jobs of an earlier runner.

use std::fs;
use std::io;
use std::sync::Arc;

use covibe_domain::Timestamp;

use super::live_job::LiveJob;
use super::shared_state::Runner;
use crate::durable_files;
use crate::job::{Claim, JobFolder, JobId, Record};
use crate::process::ProcessId;

/// A job that has not ended.
enum Unfinished {
    /// No agent was started for it, and none will be by an earlier attempt.
    Waiting,
    /// This process started its agent then.
    Begun(ProcessId, Timestamp),
}

impl Runner {
    /// Takes over what is on disk: those that wait are queued again in their order, and the others are followed.
    pub(super) fn recover(&self) -> io::Result<()> {
        let mut found: Vec<_> = self.records()?;
        found.sort_by(|(_, one), (_, other)| {
            (one.created_at, &one.id).cmp(&(other.created_at, &other.id))
        });
        for (folder, record) in found {
            let job = Arc::new(LiveJob::new(folder, record));
            self.index().add(Arc::clone(&job));
            if job.status().has_ended() {
                continue;
            }
            if let Err(error) = self.resume(&job) {
                tracing::error!(%error, job = %job.id, "a job cannot be resumed");
                self.index().running += 1;
                tokio::spawn(self.clone().abandon(job));
            }
        }
        Ok(())
    }

    fn records(&self) -> io::Result<Vec<(JobFolder, Record)>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(self.jobs_folder())? {
            let folder = JobFolder::at(entry?.path());
            match durable_files::read_json(&folder.record()) {
                Ok(Some(record)) => records.push((folder, record)),
                // It was not acknowledged. Cleaning removes it.
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, folder = %folder.path().display(), "the record of a job cannot be read");
                }
            }
        }
        Ok(records)
    }

    fn resume(&self, job: &Arc<LiveJob>) -> io::Result<()> {
        if job.folder.cancel().exists() {
            job.cancel()?;
        }
        match settle(&job.folder, job.record().attempt)? {
            // A cancelled one ends when it is taken from the queue.
            Unfinished::Waiting => self.index().queue.push_back(job.id.clone()),
            Unfinished::Begun(supervisor, at) => {
                self.index().running += 1;
                tokio::spawn(self.clone().adopt(Arc::clone(job), (supervisor, at)));
            }
        }
        Ok(())
    }

    /// Returns whether a folder belongs to a job that this runner knows.
    pub(super) fn is_known_folder(&self, name: &str) -> bool {
        JobId::parse(name).is_some_and(|id| self.index().jobs.contains_key(&id))
    }
}

/// Finds out whether an attempt has started an agent. One that has not will not do so later.
fn settle(folder: &JobFolder, attempt: u32) -> io::Result<Unfinished> {
    if attempt == 0 {
        return Ok(Unfinished::Waiting);
    }
    let claim = Claim::settled(folder, attempt)?;
    Ok(match claim.supervisor {
        None => Unfinished::Waiting,
        Some(supervisor) => Unfinished::Begun(supervisor, claim.at),
    })
}
