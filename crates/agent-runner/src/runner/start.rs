//! The start of a runner.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use covibe_domain::boxed;

use super::shared::Runner;
use crate::git;
use crate::process::kill_marked_in;
use crate::settings::RunnerSettings;

impl Runner {
    /// Starts: takes over the jobs of an earlier runner on the same folder, and begins with those that wait. Requires a Tokio
    /// runtime, whose end ends the runner, and no agent.
    ///
    /// # Errors
    ///
    /// The folder cannot be used, or another runner has it.
    #[boxed]
    pub async fn start(settings: RunnerSettings) -> io::Result<Self> {
        let lock = prepare(&settings.home)?;
        // The git of a runner that was killed goes on, and would write where this one does.
        let (name, value) = git::MARK;
        kill_marked_in(&settings.home, name, value);
        let runner = Self::new(settings, lock);
        runner.recover()?;
        tokio::spawn(runner.clone().schedule());
        tokio::spawn(runner.clone().keep_clean());
        Ok(runner)
    }
}

/// Creates the folders, which no other user may enter, and locks them.
fn prepare(home: &Path) -> io::Result<File> {
    for folder in [home.to_owned(), home.join("jobs"), home.join("mirrors")] {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let lock = fs::OpenOptions::new().create(true).append(true).open(home.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "another runner uses this folder"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}
