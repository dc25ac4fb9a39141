//! Coolify's knowledge of containers, as of its last look.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;

use crate::coolify::outcomes::Condition;

/// The moment when Coolify was installed: 2026-01-05 09:00:00.
const INSTALLED: Timestamp = Timestamp::from_millis(1_767_603_600_000);

/// The state of a resource's containers at Coolify's last look, and the coming looks.
#[derive(Clone, Debug)]
pub(crate) struct ObservedState {
    /// Their condition; `None` if there was no container.
    pub(crate) seen: Option<Condition>,
    /// Those of a service that had been stopped or removed by docker itself, by name.
    pub(crate) stopped: Vec<String>,
    /// The number of times that docker had restarted them.
    pub(crate) restarts: u128,
    /// The time of its last look, or of its last own action: `last_online_at`.
    pub(crate) at: Timestamp,
    /// The moments of coming looks.
    looks: Vec<Instant>,
}

impl ObservedState {
    /// Returns the sight of a resource that was never looked at: it has the default of the column (4.3.11).
    pub(crate) fn new() -> Self {
        Self { seen: None, stopped: Vec::new(), restarts: 0, at: INSTALLED, looks: Vec::new() }
    }

    /// Notes the result of a look.
    pub(crate) fn update(&mut self, seen: Option<Condition>, restarts: u128, at: Timestamp) {
        (self.seen, self.at) = (seen, at);
        self.stopped.clear();
        // A container that was removed keeps its count.
        if restarts > 0 || seen.is_some() {
            self.restarts = restarts;
        }
    }

    /// Plans a look.
    pub(crate) fn plan(&mut self, at: Instant) {
        self.looks.push(at);
    }

    /// Plans one look in place of all others, as after a start.
    pub(crate) fn plan_only(&mut self, at: Instant) {
        self.looks = vec![at];
    }

    /// Returns the moment of the next look.
    pub(crate) fn next_look(&self) -> Option<Instant> {
        self.looks.iter().copied().min()
    }

    /// Returns the moment of the last look that is due, and plans the one after it.
    pub(crate) fn due(&mut self, now: Instant, every: Duration) -> Option<Instant> {
        let due = self.looks.iter().copied().filter(|at| *at <= now).max()?;
        self.looks.retain(|at| *at > now);
        let every = every.max(Duration::from_millis(1));
        let more = now.duration_since(due).as_nanos() / every.as_nanos();
        let last = due + every * u32::try_from(more).unwrap_or(u32::MAX);
        self.looks.push(last + every);
        Some(last)
    }
}
