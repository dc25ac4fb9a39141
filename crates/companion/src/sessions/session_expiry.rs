//! When the state of a session is sent, when a session ends without saying so, and when it is forgotten.

use std::time::Duration;

use covibe_domain::Timestamp;

use super::{SessionState, Sessions};
use crate::transcript::TranscriptState;

/// The time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// The time after the last event for which a session has heartbeats.
pub const ACTIVE: Duration = Duration::from_mins(10);

/// The time after the last event when a session has ended.
pub const IDLE_END: Duration = Duration::from_mins(30);

/// The maximum number of sessions that are remembered.
pub const MAX_SESSIONS: usize = 1000;

/// The time after its end when nothing more is expected of a session.
const SETTLED_AFTER: Duration = Duration::from_hours(1);

/// The time for which an ended session is remembered: its agent can resume it.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(7 * 24);

impl SessionState {
    /// Returns whether its state is to be queued now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let Some(queued_at) = self.queued_at else { return true };
        if let Some(ended_at) = self.ended_at {
            // Where its end could not be queued, it is tried again.
            let is_late = queued_at <= ended_at || elapsed(queued_at, now) >= HEARTBEAT;
            return !self.is_end_queued && is_late;
        }
        let is_active = elapsed(self.last_event_at, now) < ACTIVE;
        // A clock that went back must not silence it.
        is_active && (elapsed(queued_at, now) >= HEARTBEAT || queued_at > now.after(HEARTBEAT))
    }

    /// Forgets the parts that only matter while it goes on: the file of all sessions is written often.
    fn settle(&mut self, now: Timestamp) {
        if self.ended_at.is_some_and(|at| elapsed(at, now) >= SETTLED_AFTER) {
            self.seen.clear();
            self.transcripts.values_mut().for_each(TranscriptState::settle);
        }
    }

    /// Ends it if nothing has happened for long.
    fn end_if_idle(&mut self, now: Timestamp) {
        if self.ended_at.is_none() && elapsed(self.last_event_at, now) >= IDLE_END {
            self.ended_at = Some(self.last_event_at);
        }
    }
}

impl Sessions {
    /// Ends the sessions in which nothing has happened for long, and forgets those that ended long ago.
    pub fn age(&mut self, now: Timestamp) {
        for session in self.sessions.values_mut() {
            session.end_if_idle(now);
            session.settle(now);
        }
        let is_kept =
            |s: &SessionState| s.ended_at.is_none_or(|at| elapsed(at, now) < FORGOTTEN_AFTER);
        self.sessions.retain(|_, session| is_kept(session));
    }

    /// Forgets the sessions whose last events are the oldest, if there are too many.
    pub(super) fn limit(&mut self) {
        while self.sessions.len() > MAX_SESSIONS {
            let oldest = self.sessions.iter().min_by_key(|(_, session)| session.last_event_at);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.sessions.remove(&key);
        }
    }
}

fn elapsed(at: Timestamp, now: Timestamp) -> Duration {
    let millis = now.as_millis().saturating_sub(at.as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
