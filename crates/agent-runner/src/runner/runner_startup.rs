//! The start of a runner.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use covibe_agent_servers::agent::runner_token::{read_token, token_file};
use covibe_background::run_with_restarts;
use covibe_domain::{Secret, boxed};

use super::shared_state::Runner;
use crate::durable_files;
use crate::git;
use crate::process::kill_marked_in;
use crate::settings::RunnerSettings;

/// The time for which the folder of a runner that was killed may stay locked. A process that it was starting at that
/// moment has its descriptors, the lock and the listener among them, until it has executed another program.
const PATIENCE: Duration = Duration::from_secs(3);

/// The pause between two attempts at the lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The folder of a runner, which no other runner has.
#[derive(Debug)]
pub struct LockedHome {
    settings: RunnerSettings,
    lock: File,
}

impl LockedHome {
    /// Creates the folder, and locks it. A runner that was killed a moment ago may have it for some milliseconds more.
    /// Afterwards, its address can be listened on.
    ///
    /// # Errors
    ///
    /// The folder cannot be used, or another runner has it.
    #[boxed]
    pub async fn take(settings: RunnerSettings) -> io::Result<Self> {
        let lock = prepare(&settings.home)?;
        wait_for(&lock).await?;
        Ok(Self { settings, lock })
    }

    /// Returns the token of the folder, for a runner that is given none. The first call makes the file with it, which only
    /// this user can read.
    ///
    /// # Errors
    ///
    /// The file cannot be written or read, or others can use it.
    pub fn token(&self) -> io::Result<Secret> {
        durable_files::create(&token_file(&self.settings.home), draw_token()?.as_bytes())?;
        read_token(&self.settings.home)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn draw_token() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(hex::encode(bytes))
}

impl Runner {
    /// Starts: takes over the jobs of an earlier runner on the same folder, and begins with those that wait. Requires a Tokio
    /// runtime, whose end ends the runner, and no agent.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    #[boxed]
    pub async fn start(home: LockedHome) -> io::Result<Self> {
        let LockedHome { settings, lock } = home;
        // The git of a runner that was killed goes on, and would write where this one does.
        let (name, value) = git::MARK;
        kill_marked_in(&settings.home, name, value);
        let runner = Self::new(settings, lock);
        runner.recover()?;
        let (scheduled, cleaned) = (runner.clone(), runner.clone());
        tokio::spawn(run_with_restarts("schedule", move || scheduled.clone().schedule()));
        tokio::spawn(run_with_restarts("retention", move || cleaned.clone().keep_clean()));
        Ok(runner)
    }
}

/// Creates the folders, which no other user may enter, and returns the file by which they are locked.
fn prepare(home: &Path) -> io::Result<File> {
    for folder in [home.to_owned(), home.join("jobs"), home.join("mirrors")] {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    fs::OpenOptions::new().create(true).append(true).open(home.join("lock"))
}

async fn wait_for(lock: &File) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(TryLockError::WouldBlock) => {
                let text = "another runner uses this folder";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, text));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[tokio::test]
    async fn a_runner_waits_for_the_lock_inherited_from_a_killed_one() {
        let home = tempfile::tempdir().unwrap();
        let lock = prepare(home.path()).unwrap();
        lock.try_lock().unwrap();
        // A process has the descriptors of its parent, which may be gone, until it has turned into another program.
        let mut heir = Command::new("cat").stdin(Stdio::piped()).stdout(lock).spawn().unwrap();
        let again = prepare(home.path()).unwrap();
        let waiting = tokio::spawn(async move { wait_for(&again).await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "{:?}", waiting.await);
        drop(heir.stdin.take());
        heir.wait().unwrap();
        waiting.await.unwrap().unwrap();
    }
}
