//! The machine that runs the tests: its cores, on one of which each process stays, and a folder in its memory for
//! temporary files.
//!
//! A server in a test and its callers are threads that take turns. On two cores they wake each other
//! across cores for each message, which in a virtual machine costs more than the message: the tests take a
//! sixth less time in all where a binary and all that it starts stay on one core.
//!
//! Tests on a disk mostly wait for the disk, as databases have each commit written to it.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{StatVfsMountFlags, statvfs};

/// Where Linux has a file system in memory.
const MEMORY: &str = "/dev/shm";

/// The prefix of the name of a run's folder; the number of its process follows.
const PREFIX: &str = "covibe-tests-";

/// The free memory that the tests get only if there is as much, in bytes. They use a tenth of it.
const ROOM: u64 = 4 << 30;

/// The cores that this process may use; `None` for one that can't be told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Core(Option<usize>);

/// Returns the cores, at least one.
pub(super) fn cores() -> Vec<Core> {
    let told = allowed_cores();
    if told.is_empty() {
        let count = thread::available_parallelism().map_or(2, usize::from);
        return vec![Core(None); count];
    }
    told.into_iter().map(|number| Core(Some(number))).collect()
}

impl Core {
    /// Keeps this thread on the core, and the processes that it starts from now on.
    pub(super) fn pin_thread(self) {
        if let Some(number) = self.0 {
            pin_to(number);
        }
    }
}

#[cfg(target_os = "linux")]
fn allowed_cores() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};

    let Ok(allowed) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number)).collect()
}

#[cfg(target_os = "linux")]
fn pin_to(number: usize) {
    use rustix::thread::{CpuSet, sched_setaffinity};

    let mut one = CpuSet::new();
    one.set(number);
    // Where that is not allowed, the tests only take longer.
    let _ = sched_setaffinity(None, &one);
}

#[cfg(not(target_os = "linux"))]
fn allowed_cores() -> Vec<usize> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn pin_to(_: usize) {}

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
    fn a_child_process_inherits_the_core_of_its_thread() {
        for core in cores() {
            let printed = thread::spawn(move || {
                core.pin_thread();
                std::process::Command::new("nproc").output().unwrap().stdout
            });
            if core.0.is_some() {
                assert_eq!(printed.join().unwrap(), b"1\n");
            }
        }
    }

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
