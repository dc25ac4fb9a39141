//! Ends the processes of one command in a container, and nothing else.
//!
//! Docker has no call for it: its API ends a container, and a client that goes away leaves the
//! command running (seen with Docker 20.10 to 28.5).

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod proc;
#[cfg(target_os = "linux")]
mod rights;
#[cfg(target_os = "linux")]
mod victims;

use std::io;
use std::time::Duration;

use crate::names::{Id, Marker};

/// Which processes to end: those of one command in one container.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The container. No process outside it is ever signalled.
    pub container: Id,
    /// The command's first process as the engine tells it (`Pid` of the exec); it and its descendants
    /// are ended. None if it has ended.
    pub pid: Option<u32>,
    /// The mark in the environment of the command and its children; processes with it are ended
    /// whoever their parent is. None if it is not known.
    pub marker: Option<Marker>,
}

/// What was seen of a command's processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many processes were signalled and have ended.
    pub ended: u32,
    /// How many of them still run: this process may not signal them, or the time was over.
    pub remaining: u32,
    /// Whether this process may signal other users' processes: it is root or has `CAP_KILL`.
    pub may_signal: bool,
    /// Whether each process of the container could be looked at. If not (neither root nor
    /// `CAP_SYS_PTRACE` with `CAP_DAC_READ_SEARCH`), children that left their parent may still run.
    pub saw_all: bool,
}

/// Ends a command and all its children with SIGKILL, and returns what it saw.
///
/// It looks again until none is left, for at most `within`; it blocks for that long. It knows
/// processes by the engine's control groups, so it has to run on the engine's host, in the host's
/// process namespace. A process that clears its environment *and* outlives its parent is not found.
///
/// # Errors
/// Fails if `/proc` can't be read, and with [`io::ErrorKind::Unsupported`] where there is none.
pub fn end_processes(execution: &Execution, within: Duration) -> io::Result<Ended> {
    #[cfg(target_os = "linux")]
    return linux::end(execution, within);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (execution, within);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Returns whether this process may signal the processes of other users.
pub fn may_signal() -> bool {
    #[cfg(target_os = "linux")]
    return rights::may_signal();
    #[cfg(not(target_os = "linux"))]
    false
}
