//! A job in memory.

use std::io;
use std::sync::Arc;

use covibe_agent_servers::agent::runner_api_types::{AcceptedJob, JobStatus};
use covibe_domain::Timestamp;
use parking_lot::Mutex;
use rustix::process::Signal;
use tokio::sync::watch;

use crate::durable_files;
use crate::job::{JobFolder, JobId, Record};
use crate::process::Watched;

/// A job, whose record is the one on disk.
#[derive(Debug)]
pub(crate) struct LiveJob {
    pub(crate) id: JobId,
    pub(crate) folder: JobFolder,
    record: Mutex<Record>,
    /// The status, for those who wait for a change.
    status: watch::Sender<JobStatus>,
    cancelled: watch::Sender<bool>,
    supervisor: Mutex<Option<Arc<Watched>>>,
}

impl LiveJob {
    /// A job whose record is on disk.
    pub(crate) fn new(folder: JobFolder, record: Record) -> Self {
        Self {
            id: record.id.clone(),
            folder,
            status: watch::Sender::new(record.status),
            cancelled: watch::Sender::new(false),
            record: Mutex::new(record),
            supervisor: Mutex::default(),
        }
    }

    /// Returns its record.
    pub(crate) fn record(&self) -> Record {
        self.record.lock().clone()
    }

    /// Returns its status.
    pub(crate) fn status(&self) -> JobStatus {
        *self.status.borrow()
    }

    /// Returns a receiver of the changes of its status.
    pub(crate) fn changes(&self) -> watch::Receiver<JobStatus> {
        self.status.subscribe()
    }

    /// Changes its record, on disk first. A change that cannot be written holds nevertheless while this process lives.
    ///
    /// # Errors
    ///
    /// The record on disk is the old one.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let mut record = self.record.lock();
        change(&mut record);
        let written = durable_files::write_json(&self.folder.record(), &*record);
        if let Err(error) = &written {
            tracing::error!(%error, job = %self.id, "the record of a job cannot be written");
        }
        let status = record.status;
        drop(record);
        self.status.send_if_modified(|old| std::mem::replace(old, status) != status);
        written
    }

    /// Notes that its agent runs, and since when.
    pub(crate) fn note_begin(&self, at: Timestamp) {
        if self.status() == JobStatus::Queued {
            tracing::info!(job = %self.id, "a job has started");
            // If it cannot be written, the claim says the same after a restart.
            let _ = self.update(|record| {
                record.status = JobStatus::Running;
                record.started_at = Some(at);
                "It runs.".clone_into(&mut record.summary);
            });
        }
    }

    /// Waits until it has ended.
    pub(crate) async fn wait_for_end(&self) {
        // The sender lives as long as this.
        let _ = self.changes().wait_for(|status| status.has_ended()).await;
    }

    /// Marks it as cancelled, on disk first, and notifies its supervisor if it has one.
    pub(crate) fn cancel(&self) -> io::Result<()> {
        durable_files::write(&self.folder.cancel(), b"")?;
        self.cancelled.send_replace(true);
        self.tell_supervisor();
        Ok(())
    }

    /// Returns whether it was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Waits until it is cancelled.
    pub(crate) async fn cancelled(&self) {
        let _ = self.cancelled.subscribe().wait_for(|it| *it).await;
    }

    /// Sets its supervisor, which is notified at once if the job was cancelled meanwhile.
    pub(crate) fn supervised_by(&self, supervisor: Option<Arc<Watched>>) {
        *self.supervisor.lock() = supervisor;
        if self.is_cancelled() {
            self.tell_supervisor();
        }
    }

    fn tell_supervisor(&self) {
        if let Some(supervisor) = &*self.supervisor.lock() {
            // One that has ended has nothing more to do.
            let _ = supervisor.signal(Signal::TERM);
        }
    }

    /// Returns what a caller gets who starts or cancels it.
    pub(crate) fn accepted(&self) -> AcceptedJob {
        AcceptedJob { job_id: self.id.to_string(), status: self.status() }
    }
}
