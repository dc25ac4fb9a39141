//! A lock between the companion's processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::CompanionHome;

/// The usual time to wait for another command.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock on a name in `run/`. The kernel releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct HomeLock {
    file: File,
}

impl HomeLock {
    /// Takes the lock; none if another process holds it for longer than `wait`.
    ///
    /// # Errors
    ///
    /// An error of the file system.
    pub fn take(home: &CompanionHome, name: &str, wait: Duration) -> io::Result<Option<Self>> {
        let path = home.create_folder("run")?.join(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { file })),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if started.elapsed() >= wait => return Ok(None),
                Err(TryLockError::WouldBlock) => sleep(PAUSE),
            }
        }
    }

    /// Returns the file that is locked, for what its holder wants to note in it.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_again_once_its_holder_drops_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join("home"));
        let first = HomeLock::take(&home, "a.lock", Duration::ZERO).unwrap();
        assert!(first.is_some());
        assert!(HomeLock::take(&home, "a.lock", Duration::ZERO).unwrap().is_none());
        assert!(HomeLock::take(&home, "b.lock", Duration::ZERO).unwrap().is_some());
        drop(first);
        assert!(HomeLock::take(&home, "a.lock", Duration::ZERO).unwrap().is_some());
    }
}
