//! When a server is tried again. The state is kept in `run/`, so that a restart does not make the attempts denser.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use covibe_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::credentials::CREDENTIALS;
use crate::files_without_fsync;
use crate::home::CompanionHome;
use crate::origin::Origin;

/// The file.
const BACKOFF: &str = "backoff.json";

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 64 * 1024;

/// The longest time that a server can ask for.
const MAX_WAIT: Duration = Duration::from_hours(1);

/// The shortest time between two attempts.
const MIN_WAIT: Duration = Duration::from_millis(500);

/// The first and the last upper bound of the time to wait.
const BASE: Duration = Duration::from_secs(2);
const CAP: Duration = Duration::from_mins(10);

/// The state of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerState {
    attempts: u32,
    until: Option<Timestamp>,
    /// The state of the credentials with which the server refused.
    refused: Option<(i64, i64)>,
    /// Why nothing is sent at the moment.
    pub reason: Option<String>,
    /// When something was sent last.
    pub last_sync: Option<Timestamp>,
}

/// The states of the servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Backoff(BTreeMap<Origin, ServerState>);

impl Backoff {
    /// Reads the file; empty if there is none.
    pub fn load(home: &CompanionHome) -> Self {
        files_without_fsync::read_json(home, &format!("run/{BACKOFF}"), MAX_SIZE)
            .unwrap_or_default()
    }

    /// Returns the states.
    pub fn states(&self) -> impl Iterator<Item = (&Origin, &ServerState)> {
        self.0.iter()
    }

    /// Returns whether a server may be called now.
    pub fn is_open(&self, home: &CompanionHome, server: &Origin) -> bool {
        let Some(state) = self.0.get(server) else { return true };
        if state.refused.is_some() {
            return state.refused != credentials_state(home);
        }
        let now = Timestamp::now();
        // A time that is further off than any wait was written by a clock that went ahead.
        state.until.is_none_or(|until| until <= now || until > now.after(MAX_WAIT))
    }

    /// Notes that a server answered.
    pub fn note_success(&mut self, home: &CompanionHome, server: &Origin) {
        let now = Some(Timestamp::now());
        let state = ServerState { last_sync: now, ..ServerState::default() };
        self.0.insert(server.clone(), state);
        self.save(home);
    }

    /// Notes that a server is to be tried later: after the time that it asks for, or a random one that grows.
    pub fn note_failure(
        &mut self,
        home: &CompanionHome,
        server: &Origin,
        asked: Option<Duration>,
        reason: &str,
    ) {
        let state = self.0.entry(server.clone()).or_default();
        let wait = asked.map_or_else(|| jitter(state.attempts), |wait| wait.min(MAX_WAIT));
        state.attempts = state.attempts.saturating_add(1);
        state.until = Some(Timestamp::now().after(wait.max(MIN_WAIT)));
        state.refused = None;
        state.reason = Some(reason.to_owned());
        self.save(home);
    }

    /// Notes that a server refused the key, or that the key is missing: nothing is sent until the credentials change.
    pub fn note_unauthorized(&mut self, home: &CompanionHome, server: &Origin) {
        let state = self.0.entry(server.clone()).or_default();
        state.refused = Some(credentials_state(home).unwrap_or_default());
        state.reason = Some("the key was refused: run `covibe-local login`".to_owned());
        self.save(home);
    }

    /// Lets servers be tried at once, unless they refused the key.
    pub fn reset(&mut self, home: &CompanionHome) {
        for state in self.0.values_mut() {
            (state.until, state.attempts) = (None, 0);
        }
        self.save(home);
    }

    fn save(&self, home: &CompanionHome) {
        // On a full disk the state is known for as long as this process lives.
        let _ = files_without_fsync::write_run(home, BACKOFF, self);
    }
}

/// Returns what changes when the credentials change.
fn credentials_state(home: &CompanionHome) -> Option<(i64, i64)> {
    let metadata = fs::metadata(home.path(CREDENTIALS)).ok()?;
    Some((metadata.mtime(), metadata.mtime_nsec()))
}

/// Returns a random time below a bound that doubles with each attempt.
fn jitter(attempts: u32) -> Duration {
    let bound = BASE.saturating_mul(2_u32.saturating_pow(attempts.min(16))).min(CAP);
    let mut bytes = [0; 4];
    let random =
        if getrandom::fill(&mut bytes).is_ok() { u32::from_le_bytes(bytes) } else { u32::MAX };
    bound.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> (tempfile::TempDir, CompanionHome, Origin) {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path());
        (folder, home, Origin::judge("https://a.example").unwrap().origin)
    }

    #[test]
    fn a_restart_keeps_the_bounded_time_to_wait() {
        let (_folder, home, server) = setting();
        let mut backoff = Backoff::load(&home);
        backoff.note_failure(&home, &server, Some(Duration::from_hours(9)), "busy");
        let mut later = Backoff::load(&home);
        assert!(!later.is_open(&home, &server));
        let state = later.0.get_mut(&server).unwrap();
        assert!(state.until.unwrap() <= Timestamp::now().after(MAX_WAIT));
        // The clock was ahead by a year when this was written.
        state.until = Some(Timestamp::now().after(Duration::from_hours(24 * 365)));
        assert!(later.is_open(&home, &server));
    }

    #[test]
    fn a_refused_key_is_retried_only_after_the_credentials_change() {
        let (_folder, home, server) = setting();
        let mut backoff = Backoff::default();
        backoff.note_unauthorized(&home, &server);
        backoff.reset(&home);
        fs::write(home.path(CREDENTIALS), "").unwrap();
        assert!(backoff.is_open(&home, &server));
        backoff.note_unauthorized(&home, &server);
        assert!(!backoff.is_open(&home, &server));
    }

    #[test]
    fn waiting_times_grow_up_to_ten_minutes() {
        for attempts in [0, 1, 5, 40, u32::MAX] {
            assert!(jitter(attempts) <= CAP.min(BASE * 2_u32.saturating_pow(attempts.min(16))));
        }
        let longest = (0..50).map(|_| jitter(40)).max().unwrap();
        assert!(longest > BASE);
    }
}
