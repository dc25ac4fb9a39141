//! A folder in memory for the tests' temporary files: tests on a disk mostly wait for the disk, as databases
//! have each commit written to it.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};

/// Where Linux has a file system in memory.
const MEMORY: &str = "/dev/shm";

/// The prefix of the name of a run's folder; the number of its process follows.
const PREFIX: &str = "covibe-tests-";

/// The free memory that the tests get only if there is as much, in bytes. They use a tenth of it.
const ROOM: u64 = 4 << 30;

/// The folder of this run, which is removed at its end.
#[derive(Debug)]
pub(super) struct Memory(PathBuf);

impl Memory {
    /// Creates the folder, and removes those of runs that were killed. Returns `None` where there is no such
    /// file system, too little room in it, or programs can't be started from it.
    pub(super) fn folder() -> Option<Self> {
        let memory = Path::new(MEMORY);
        let state = statvfs(memory).ok()?;
        let is_fit = state.f_bavail.saturating_mul(state.f_frsize) >= ROOM
            && !state.f_flag.contains(StatVfsMountFlags::NOEXEC);
        is_fit.then(|| Self::within(memory)).flatten()
    }

    fn within(memory: &Path) -> Option<Self> {
        sweep(memory);
        let path = memory.join(format!("{PREFIX}{}", std::process::id()));
        // The throwaway PostgreSQL runs as another user.
        DirBuilder::new().mode(0o755).create(&path).ok()?;
        Some(Self(path))
    }

    /// Returns its path.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // A server that is still ending removes its own folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes the folders of processes that have ended.
fn sweep(memory: &Path) {
    for entry in fs::read_dir(memory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if number.is_some_and(|number| !Path::new("/proc").join(number).exists()) {
            // Another user's stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_killed_runs_are_removed_and_nothing_else() {
        let memory = tempfile::tempdir().unwrap();
        // No process has such a number.
        let [gone, other] = ["covibe-tests-99999999", "other"].map(|it| memory.path().join(it));
        fs::create_dir(&gone).unwrap();
        fs::create_dir(&other).unwrap();
        let own = Memory::within(memory.path()).unwrap();
        fs::write(own.path().join("file"), "").unwrap();
        assert!(!gone.exists() && other.exists());
        let path = own.path().to_owned();
        drop(own);
        assert!(!path.exists());
    }
}
