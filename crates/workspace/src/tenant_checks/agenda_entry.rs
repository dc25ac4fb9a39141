//! The state of one check on the agenda.

use std::time::Duration;

use covibe_domain::TenantId;
use tokio::time::Instant;

use super::check_queues::{Position, Stage};

/// The maximum time after a failed check.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// The state of a check on the agenda.
#[derive(Debug)]
pub(super) struct AgendaEntry<T> {
    pub(super) tenant: TenantId,
    pub(super) what: T,
    pub(super) is_wanted: bool,
    pub(super) is_running: bool,
    pub(super) not_before: Instant,
    pub(super) failures: u32,
    /// The number of the check, which no other one has.
    pub(super) number: u64,
}

impl<T> AgendaEntry<T> {
    /// Returns its stage.
    pub(super) const fn stage(&self) -> Stage {
        match (self.is_running, self.is_wanted) {
            (true, _) => Stage::Running,
            (false, true) => Stage::Waiting,
            (false, false) => Stage::Settled,
        }
    }

    /// Returns its position in the queue of its stage.
    pub(super) const fn position(&self) -> Position {
        (self.not_before, self.number)
    }

    /// Notes the end of the check. A failed one is repeated after this pause, or a longer one if it failed before.
    pub(super) fn note_end(&mut self, is_settled: bool, pause: Duration) {
        self.is_running = false;
        if is_settled {
            self.failures = 0;
            return;
        }
        let pause = pause * 2_u32.saturating_pow(self.failures.min(6));
        self.failures += 1;
        self.is_wanted = true;
        self.not_before = Instant::now() + pause.min(LONGEST_PAUSE);
    }
}
