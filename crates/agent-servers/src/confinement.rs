//! A stand-in for confinement: it starts a program in a process group of its own, and confines nothing.

use std::io;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};

/// The folders that a program may use.
#[derive(Clone, Debug)]
pub struct Confinement {}

impl Confinement {
    /// Returns whether this machine can confine programs.
    pub fn is_supported() -> bool {
        false
    }

    /// Confines a program to a folder and a private temporary one.
    pub fn of_folder(_root: &Path, _temporary: &Path) -> Self {
        Self {}
    }

    /// Lets it read a path, too.
    #[must_use]
    pub fn with_readable(self, _path: &Path) -> Self {
        self
    }

    /// Lets it write a path, too.
    #[must_use]
    pub fn with_writable(self, _path: &Path) -> Self {
        self
    }

    /// Starts a program in a process group of its own.
    #[covibe_domain::boxed]
    pub async fn spawn(&self, command: Command) -> io::Result<Child> {
        let mut command = command;
        command.process_group(0).spawn()
    }
}

/// Kills a process group and the descendants of its leader.
pub fn end_process_tree(leader: u32) {
    let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) else { return };
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = kill_process(pid, Signal::KILL);
}
