//! The jobs by id and key, and the queue.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::live_job::LiveJob;
use crate::job::JobId;

/// The jobs that a runner knows.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// All, the oldest first.
    pub(super) jobs: BTreeMap<JobId, Arc<LiveJob>>,
    by_key: HashMap<String, JobId>,
    /// Those that wait, the one that is next first.
    pub(super) queue: VecDeque<JobId>,
    /// The number of those that are being carried out.
    pub(super) running: usize,
}

impl Index {
    /// Adds a job.
    pub(super) fn add(&mut self, job: Arc<LiveJob>) {
        if let Some(key) = job.record().key {
            self.by_key.insert(key, job.id.clone());
        }
        self.jobs.insert(job.id.clone(), job);
    }

    /// Removes a job that has ended.
    pub(super) fn remove(&mut self, job: &LiveJob) {
        self.jobs.remove(&job.id);
        if let Some(key) = job.record().key {
            self.by_key.remove(&key);
        }
    }

    /// Returns the job that has a key.
    pub(super) fn with_key(&self, key: &str) -> Option<&Arc<LiveJob>> {
        self.jobs.get(self.by_key.get(key)?)
    }

    /// Takes a job out of the queue; false if it is not there.
    pub(super) fn withdraw(&mut self, id: &JobId) -> bool {
        let before = self.queue.len();
        self.queue.retain(|each| each != id);
        self.queue.len() < before
    }

    /// Takes the next job, unless so many are being carried out.
    pub(super) fn next(&mut self, at_once: usize) -> Option<Arc<LiveJob>> {
        if self.running >= at_once {
            return None;
        }
        let job = self.jobs.get(&self.queue.pop_front()?).cloned()?;
        self.running += 1;
        Some(job)
    }
}
