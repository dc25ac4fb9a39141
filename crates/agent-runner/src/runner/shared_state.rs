//! The state that all tasks of a runner share.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use covibe_agent_servers::agent::runner_api_types::AgentList;
use covibe_agent_servers::gitea::GiteaAccount;
use covibe_domain::Failure;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::job_index::Index;
use super::live_job::LiveJob;
use crate::agents::ToolNames;
use crate::git::Mirrors;
use crate::job::{JobFolder, JobId};
use crate::settings::RunnerSettings;

/// A runner; cheap to clone.
#[derive(Clone, Debug)]
pub struct Runner(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: RunnerSettings,
    index: Mutex<Index>,
    /// Told when a job may be taken from the queue.
    wake: Notify,
    /// Held while a job is accepted.
    accepting: tokio::sync::Mutex<()>,
    mirrors: Mirrors,
    runtime: Handle,
    /// Locked, so that no other runner has the same folder.
    _lock: File,
}

impl Runner {
    /// A runner that has this lock. Requires a Tokio runtime.
    pub(super) fn new(settings: RunnerSettings, lock: File) -> Self {
        let mirrors = Mirrors::new(settings.home.join("mirrors"));
        Self(Arc::new(Shared {
            settings,
            index: Mutex::default(),
            wake: Notify::new(),
            accepting: tokio::sync::Mutex::default(),
            mirrors,
            runtime: Handle::current(),
            _lock: lock,
        }))
    }

    pub(super) fn settings(&self) -> &RunnerSettings {
        &self.0.settings
    }

    pub(super) fn index(&self) -> parking_lot::MutexGuard<'_, Index> {
        self.0.index.lock()
    }

    pub(super) fn wake(&self) -> &Notify {
        &self.0.wake
    }

    pub(super) fn accepting(&self) -> &tokio::sync::Mutex<()> {
        &self.0.accepting
    }

    pub(super) fn mirrors(&self) -> &Mirrors {
        &self.0.mirrors
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Returns the Gitea whose repositories agents work in.
    pub(super) fn gitea(&self) -> Result<&GiteaAccount, Failure> {
        self.settings().gitea.as_ref().ok_or_else(|| {
            Failure::unready("Gitea is not configured for the runner, so agents get no repositories.")
                .hint("Set GITEA_API_URL, GITEA_API_TOKEN and GITEA_USERNAME, and start the runner again.")
                .permanent()
        })
    }

    /// Returns the folder of all jobs.
    pub(super) fn jobs_folder(&self) -> PathBuf {
        self.settings().home.join("jobs")
    }

    /// Returns the folder of a job.
    pub(super) fn folder(&self, id: &JobId) -> JobFolder {
        JobFolder::at(self.jobs_folder().join(id.as_str()))
    }

    /// Returns a job.
    pub(crate) fn job(&self, id: &str) -> Result<Arc<LiveJob>, Failure> {
        let job = JobId::parse(id).and_then(|id| self.index().jobs.get(&id).cloned());
        job.ok_or_else(|| {
            Failure::not_found("There is no job with this id.").hint(
                "Use the `jobId` that the runner returned; jobs are forgotten 30 days after their \
                 end.",
            )
        })
    }

    /// Lists the agents.
    pub(crate) fn agents(&self) -> AgentList {
        self.settings().agents.list()
    }

    /// Returns the names of the tools that `runner.toml` may list.
    pub fn tool_names() -> ToolNames {
        ToolNames::from_registry()
    }
}

/// Returns the failure for a file that cannot be written.
pub(super) fn unwritable(error: &io::Error) -> Failure {
    tracing::error!(%error, "the files of a job cannot be written");
    Failure::unready("The runner cannot write its folder.")
        .hint("Nothing was started. The runner's log has the reason, such as a full disk.")
}
