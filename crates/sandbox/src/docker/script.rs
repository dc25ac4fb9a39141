//! What a process does, worked out beforehand.

use std::time::Duration;

use super::programs::Stream;

/// Something that a process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It prints this.
    Write(Stream, Vec<u8>),
    /// It prints this again and again, that many bytes or for ever.
    Repeat(Stream, Vec<u8>, Option<u64>),
    /// It waits.
    Sleep(Duration),
}

/// All that a process does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    /// Its exit code.
    pub(super) code: i64,
    /// Whether the engine could start it at all.
    pub(super) is_started: bool,
    /// The time for which children that it leaves behind hold its output open.
    pub(super) held: Duration,
}
