//! Ends the processes of one command in a container, and nothing else.
//!
//! Docker has no call for it: its API ends a container, and a client that goes away leaves the
//! command running (seen with Docker 20.10 to 28.5).

#[cfg(target_os = "linux")]
mod capabilities;
mod command_processes;
#[cfg(target_os = "linux")]
mod held_processes;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod proc;

use std::io;
use std::time::Duration;

pub use command_processes::{EndedProcesses, Execution};

/// Ends a command and all its children with SIGKILL, and returns the outcome.
///
/// It looks again until no process is left, for at most `within`; it blocks for that long. It knows
/// processes by the engine's control groups, so it has to run on the engine's host, in the host's
/// process namespace. A process that clears its environment *and* outlives its parent is not found.
///
/// # Errors
/// Fails if `/proc` can't be read, and with [`io::ErrorKind::Unsupported`] where there is none.
pub fn end_processes(execution: &Execution, within: Duration) -> io::Result<EndedProcesses> {
    #[cfg(target_os = "linux")]
    return linux::end_all(execution, within);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (execution, within);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Returns whether this process may signal the processes of other users.
pub fn may_signal() -> bool {
    #[cfg(target_os = "linux")]
    return capabilities::may_signal();
    #[cfg(not(target_os = "linux"))]
    false
}
