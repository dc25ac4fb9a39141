//! Temporary directories that only their owner can read, and that a later process removes if this one is
//! killed.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

use tempfile::TempDir;

/// The prefix of the names of all of them.
const PREFIX: &str = "covibe-sandbox-";

/// The file in each directory that its process has locked.
const LOCK: &str = "lock";

/// The directory in each of them for the owner's files.
const FILES: &str = "files";

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// Removed before the lock is released.
    directory: TempDir,
    _lock: File,
}

impl Scratch {
    /// Creates a directory below the system's for temporary files. The first one of a process removes those that
    /// killed processes of this user left there.
    ///
    /// # Errors
    /// It could not be created.
    pub fn create() -> io::Result<Self> {
        static SWEPT: Once = Once::new();
        let parent = std::env::temp_dir();
        let scratch = Self::within(&parent)?;
        SWEPT.call_once(|| scratch.sweep(&parent));
        Ok(scratch)
    }

    /// Returns the path of the directory, which is empty at first.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join(FILES)
    }

    fn within(parent: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        #[cfg(unix)]
        builder.permissions(permissions);
        let directory = builder.tempdir_in(parent)?;
        let lock = locked(directory.path())?;
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory.path().join(FILES))?;
        Ok(Self { directory, _lock: lock })
    }

    /// Removes the directories beside this one whose processes have ended, as far as possible.
    fn sweep(&self, parent: &Path) {
        let Ok(own) = self.directory.path().symlink_metadata() else { return };
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
                && entry.metadata().is_ok_and(|it| it.is_dir() && have_same_owner(&it, &own));
            if is_ours && is_abandoned(&entry.path()) {
                // Another process may remove it at the same time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Creates the lock file of a directory. It gets its name once it is locked, so that no other process finds
/// it unlocked.
fn locked(directory: &Path) -> io::Result<File> {
    let unnamed = directory.join("lock.new");
    let lock = File::create(&unnamed)?;
    lock.lock()?;
    fs::rename(unnamed, directory.join(LOCK))?;
    Ok(lock)
}

fn is_abandoned(directory: &Path) -> bool {
    File::open(directory.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(unix)]
fn have_same_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
fn have_same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_scratch_directory_is_private_to_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::within(parent.path()).unwrap();
        for directory in [scratch.directory.path().to_owned(), scratch.path()] {
            assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn only_directories_of_killed_processes_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let Scratch { directory, _lock: lock, .. } = Scratch::within(parent.path()).unwrap();
        let killed = directory.keep();
        drop(lock);
        let alive = Scratch::within(parent.path()).unwrap();
        alive.sweep(parent.path());
        assert!(!killed.exists());
        let [starting, other] =
            ["covibe-sandbox-starting", "other"].map(|name| parent.path().join(name));
        fs::create_dir(&starting).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join(LOCK), "").unwrap();
        let second = Scratch::within(parent.path()).unwrap();
        second.sweep(parent.path());
        assert!(alive.path().is_dir() && starting.is_dir() && other.is_dir());
        let path = second.directory.path().to_owned();
        drop(second);
        assert!(!path.exists());
    }
}
