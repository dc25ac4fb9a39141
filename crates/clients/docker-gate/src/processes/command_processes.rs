//! The processes to end, and the outcome.

use crate::resource_names::{Id, Marker};

/// The processes to end: those of one command in one container.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The container. No process outside it is ever signalled.
    pub container: Id,
    /// The command's first process as the engine names it (`Pid` of the exec); it and its
    /// descendants are ended. `None` if it has ended.
    pub pid: Option<u32>,
    /// The mark in the environment of the command and its children; processes with it are ended
    /// whoever their parent is. `None` if it is not known.
    pub marker: Option<Marker>,
}

/// The outcome of ending a command's processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedProcesses {
    /// The number of processes that were signalled and have ended.
    pub ended: u32,
    /// The number of them that still run: this process may not signal them, or the time was over.
    pub remaining: u32,
    /// True if this process may signal other users' processes: it is root or has `CAP_KILL`.
    pub may_signal: bool,
    /// True if each process of the container could be looked at. If not (neither root nor
    /// `CAP_SYS_PTRACE` with `CAP_DAC_READ_SEARCH`, or the time was over), children that left their
    /// parent may still run.
    pub saw_all: bool,
}
