//! Removing what is too old.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use covibe_agent_servers::tree_removal::remove_tree;
use covibe_domain::Timestamp;

use super::live_job::LiveJob;
use super::shared_state::Runner;

/// The age of a folder without a job, so that it is not one of a job that is being accepted.
const STRAY_AGE: Duration = Duration::from_hours(1);

impl Runner {
    /// Cleans now and then, for as long as the runtime lives.
    pub(super) async fn keep_clean(self) {
        let mut pause = tokio::time::interval(self.settings().limits.cleaning);
        loop {
            pause.tick().await;
            self.clean().await;
        }
    }

    /// Removes worktrees and records of jobs that ended long ago, and what no job has.
    async fn clean(&self) {
        let jobs: Vec<_> = self.index().jobs.values().cloned().collect();
        for job in jobs {
            self.clean_job(&job).await;
        }
        for stray in self.strays().unwrap_or_default() {
            remove(stray).await;
        }
    }

    async fn clean_job(&self, job: &Arc<LiveJob>) {
        let (record, limits) = (job.record(), self.settings().limits);
        let Some(age) =
            record.finished_at.map(Timestamp::age).filter(|_| record.status.has_ended())
        else {
            return;
        };
        if age >= limits.record_age {
            // Without its record, a folder no longer belongs to a job, should this process end in between.
            if fs::remove_file(job.folder.record()).is_ok() {
                self.index().remove(job);
                remove(job.folder.path().to_owned()).await;
            }
        } else if age >= limits.worktree_age
            && !record.is_cleaned
            // It is left if the runner was killed when the job ended.
            && remove(job.folder.client()).await
            && remove(job.folder.work()).await
        {
            let _ = job.update(|record| record.is_cleaned = true);
        }
    }

    /// Returns the folders that belong to no job.
    fn strays(&self) -> io::Result<Vec<PathBuf>> {
        let is_old = |entry: &fs::DirEntry| {
            let changed =
                entry.metadata().and_then(|it| it.modified()).unwrap_or(SystemTime::now());
            changed.elapsed().is_ok_and(|age| age >= STRAY_AGE)
        };
        let entries = fs::read_dir(self.jobs_folder())?.flatten();
        let strays =
            entries.filter(|entry| !self.is_known_folder(&entry.file_name().to_string_lossy()));
        // A record that cannot be read is left to a person.
        let empty = strays.filter(|entry| !entry.path().join("job.json").exists());
        Ok(empty.filter(is_old).map(|entry| entry.path()).collect())
    }
}

/// Removes a folder, and returns whether it is gone.
async fn remove(folder: PathBuf) -> bool {
    let shown = folder.display().to_string();
    let removed = tokio::task::spawn_blocking(move || remove_tree(&folder)).await;
    let is_removed = matches!(removed, Ok(Ok(())));
    if !is_removed {
        tracing::warn!(folder = shown, "a folder cannot be removed");
    }
    is_removed
}

#[cfg(test)]
mod tests {
    use covibe_agent_servers::agent::runner_api_types::JobStatus;
    use covibe_agent_servers::environment_settings::Variables;
    use serde_json::json;

    use super::*;
    use crate::agents::{Agents, ToolNames};
    use crate::durable_files;
    use crate::job::{Claim, JobId};
    use crate::process::ProcessId;
    use crate::runner::LockedHome;
    use crate::settings::{Limits, RunnerSettings};

    /// Settings by which a runner cleans all the time, and keeps nothing.
    fn settings(home: &std::path::Path) -> RunnerSettings {
        let mut variables = Variables::new(&|_| None);
        let agents = "[agents.shell]\ncommand = [\"sh\"]\n";
        let agents = Agents::parse(agents, None, &ToolNames::from_registry()).unwrap();
        let settings = RunnerSettings::read(&mut variables, home, agents, Vec::new()).unwrap();
        let (zero, cleaning) = (Duration::ZERO, Duration::from_millis(1));
        settings.with_limits(Limits { worktree_age: zero, cleaning, ..Limits::default() })
    }

    /// Writes a job that has this supervisor, or has ended, and returns its worktree.
    fn write(home: &std::path::Path, supervisor: Option<u32>) -> PathBuf {
        let id = JobId::new();
        let folder = crate::job::JobFolder::at(home.join("jobs").join(id.as_str()));
        fs::create_dir_all(folder.work()).unwrap();
        let status = if supervisor.is_some() { JobStatus::Running } else { JobStatus::Succeeded };
        let now = Timestamp::now();
        let record = json!({ "id": id, "agent": "shell", "timeoutS": 7, "status": status, "createdAt": now,
                             "attempt": 1, "finishedAt": supervisor.is_none().then_some(now) });
        durable_files::write_json(&folder.record(), &record).unwrap();
        if let Some(process) = supervisor {
            let claim = Claim { supervisor: ProcessId::at(process), at: now };
            durable_files::write_json(&folder.claim(1), &claim).unwrap();
        }
        folder.work()
    }

    async fn wait_until_removed(folder: PathBuf) {
        let gone = async {
            while folder.exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), gone).await.unwrap();
    }

    #[tokio::test]
    async fn a_runner_cleans_periodically_and_never_removes_a_running_job() {
        let home = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let (ended, running) = (write(home.path(), None), write(home.path(), Some(child.id())));
        let locked = LockedHome::take(settings(home.path())).await.unwrap();
        let _runner = Runner::start(locked).await.unwrap();
        wait_until_removed(ended).await;
        assert!(running.exists());
        child.kill().unwrap();
        child.wait().unwrap();
        wait_until_removed(running).await;
    }
}
