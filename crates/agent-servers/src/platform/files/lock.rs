//! One writer at a time, among all processes.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use covibe_domain::Failure;
use tokio::time::{Instant, sleep};

use super::private_files::open_lock;
use crate::platform::file_and_setting_errors::{busy, not_stored};

/// The pause between two looks at a lock that another process has.
const PAUSE: Duration = Duration::from_millis(10);

/// A lock on a folder. It ends when this is dropped, and with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "its end ends the lock")] File);

impl Lock {
    /// Waits for the lock, at most this long. A caller that is cancelled waits no longer.
    pub(super) async fn acquire(folder: &Path, patience: Duration) -> Result<Self, Failure> {
        let file = open_lock(folder).map_err(|error| not_stored(&error))?;
        let until = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(busy()),
                Err(TryLockError::Error(error)) => return Err(not_stored(&error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_writer_waits_for_the_lock_or_times_out() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::acquire(folder.path(), PAUSE).await.unwrap();
        let refused = Lock::acquire(folder.path(), PAUSE).await.unwrap_err();
        assert_eq!(refused.kind.code(), "limited");
        let second = Lock::acquire(folder.path(), Duration::from_mins(1));
        let (second, ()) = tokio::join!(second, async { drop(first) });
        assert!(second.is_ok());
    }
}
