//! The actions of a process, computed in advance.

use std::time::Duration;

use super::programs::Stream;

/// An action of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It prints this.
    Write(Stream, Vec<u8>),
    /// It prints this repeatedly: that many bytes, or for ever.
    Repeat(Stream, Vec<u8>, Option<u64>),
    /// It waits.
    Sleep(Duration),
}

/// All actions of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    /// Its exit code.
    pub(super) code: i64,
    /// True if the engine could start it.
    pub(super) is_started: bool,
    /// The time for which its orphaned children hold its output open.
    pub(super) held: Duration,
}
