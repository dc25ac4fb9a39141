//! When a walk ends early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The time of a walk.
const DEADLINE: Duration = Duration::from_secs(20);

/// The reasons to end early, which all threads of a walk look at.
#[derive(Debug)]
pub(in crate::workspace) struct StopConditions {
    deadline: Instant,
    is_cancelled: Arc<AtomicBool>,
    has_stopped: AtomicBool,
    findings: AtomicUsize,
}

impl StopConditions {
    pub(in crate::workspace) fn new(is_cancelled: Arc<AtomicBool>) -> Self {
        Self {
            deadline: Instant::now() + DEADLINE,
            is_cancelled,
            has_stopped: AtomicBool::new(false),
            findings: AtomicUsize::new(0),
        }
    }

    /// Returns whether to end now.
    pub(super) fn is_due(&self) -> bool {
        let is_due = self.has_stopped()
            || self.is_cancelled.load(Ordering::Relaxed)
            || Instant::now() > self.deadline;
        if is_due {
            self.has_stopped.store(true, Ordering::Relaxed);
        }
        is_due
    }

    /// Returns whether the walk has ended early.
    pub(in crate::workspace) fn has_stopped(&self) -> bool {
        self.has_stopped.load(Ordering::Relaxed)
    }

    /// Counts a finding; with more than `max`, the walk ends.
    pub(in crate::workspace) fn note_finding(&self, max: usize) {
        if self.findings.fetch_add(1, Ordering::Relaxed) >= max {
            self.has_stopped.store(true, Ordering::Relaxed);
        }
    }
}
