//! `run/status.json`: the report of the loop about itself.

use std::time::{Duration, Instant, SystemTime};

use covibe_domain::Timestamp;
use covibe_domain::companion::Overlap;
use serde::{Deserialize, Serialize};

use super::sync_round::Watcher;
use crate::files_without_fsync;
use crate::origin::Origin;
use crate::queue::Queue;
use crate::repos::ServerChoice;
use crate::uplink::Uplink;

/// The lock that the loop holds in `run/`.
pub const LOCK: &str = "companion.lock";

/// The file below the companion's folder.
pub const STATUS: &str = "run/status.json";

/// The file that asks the loop to send at once.
pub(super) const REQUEST: &str = "sync-now";

/// The time between two writings.
const INTERVAL: Duration = Duration::from_secs(20);

/// The maximum number of overlaps that are reported.
const MAX_OVERLAPS: usize = 50;

/// The report of the loop about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    /// The id of its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The time when it began.
    pub started_at: Timestamp,
    /// The time of its last round.
    pub last_tick: Timestamp,
    /// The time when something was last sent.
    pub last_sync: Option<Timestamp>,
    /// The number of items that no server has confirmed.
    pub queued: usize,
    /// `ok`, or the reason why something is not sent: `waiting`, `undecided`, `no_credentials` or
    /// `failing`.
    pub state: String,
    /// The failure that persists.
    pub problem: Option<String>,
    /// The number of repositories.
    pub repositories: usize,
    /// The overlaps: sessions elsewhere that have changed the same files.
    #[serde(default)]
    pub overlaps: Vec<Overlap>,
}

/// The state of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerReport {
    /// The server.
    pub server: Origin,
    /// The time when something was last sent.
    pub last_sync: Option<Timestamp>,
    /// The reason why nothing is sent at the moment.
    pub reason: Option<String>,
}

/// The state of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepositoryReport {
    /// Its common git directory.
    pub path: String,
    /// Its remote.
    pub remote: Option<String>,
    /// The server that its activity goes to; `None` if that is not decided.
    pub server: Option<Origin>,
    /// The time when an agent was last active in it.
    pub last_event_at: Timestamp,
    /// The reason why it is not sent.
    pub skipped: Option<String>,
}

/// The data of `covibe-local status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusData {
    /// True if the loop runs.
    pub is_running: bool,
    /// Its latest report.
    pub service: Option<ServiceReport>,
    /// The server of repositories that name none.
    pub default_server: Option<Origin>,
    /// The servers.
    pub servers: Vec<ServerReport>,
    /// The repositories.
    pub repositories: Vec<RepositoryReport>,
    /// The number of rules that exclude.
    pub exclusions: usize,
    /// The reason why nothing at all is sent: `exclude.json` cannot be read.
    pub exclusions_problem: Option<String>,
    /// The number of events that the loop has not read.
    pub inbox: usize,
    /// The number of events that were dropped because the inbox was full.
    pub dropped: u64,
    /// The number of items that no server has confirmed.
    pub queued: usize,
    /// The time when the oldest of them was created.
    pub oldest: Option<Timestamp>,
    /// The number of items that servers rejected.
    pub quarantined: usize,
}

impl<U: Uplink> Watcher<U> {
    /// Writes `status.json`, now or if it is time.
    pub(super) fn write_status(&mut self, now: bool) {
        if !now && self.status_written_at.is_some_and(|at| at.elapsed() < INTERVAL) {
            return;
        }
        self.status_written_at = Some(Instant::now());
        let states: Vec<_> = self.backoff.states().map(|(_, state)| state.clone()).collect();
        let is_waiting = states.iter().any(|state| state.reason.is_some());
        let problem = self.log.last().map(str::to_owned).or_else(|| self.servers.problem.clone());
        let state = match () {
            () if self.servers.all.is_empty() => "no_credentials",
            () if is_waiting => "waiting",
            () if self.is_undecided() => "undecided",
            () if problem.is_some() => "failing",
            () => "ok",
        };
        let overlaps = self.overlaps.values().flatten().take(MAX_OVERLAPS).cloned().collect();
        let report = ServiceReport {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at.into(),
            last_tick: Timestamp::now(),
            last_sync: states.iter().filter_map(|state| state.last_sync).max(),
            queued: Queue::new(&self.home).names().len(),
            state: state.to_owned(),
            problem,
            repositories: self.registry.repositories.len(),
            overlaps,
        };
        let written = files_without_fsync::write_run(&self.home, "status.json", &report);
        self.log.check("The status cannot be written", written);
    }

    fn is_undecided(&self) -> bool {
        self.registry.repositories.values().any(|entry| {
            let worktree = entry.worktrees.keys().next();
            worktree.is_some_and(|w| self.servers.choose(entry, w) == ServerChoice::Undecided)
        })
    }

    /// Notices that a command asks to send at once.
    pub(super) fn check_request(&mut self) {
        let path = self.home.path("run").join(REQUEST);
        let Ok(modified) = std::fs::metadata(path).and_then(|metadata| metadata.modified()) else {
            return;
        };
        let is_new =
            self.sync_requested != Some(modified) && modified >= self.started_at - INTERVAL;
        self.sync_requested = Some::<SystemTime>(modified);
        if is_new {
            self.backoff.reset(&self.home);
            self.deferred.clear();
            self.inbox_state = None;
            self.make_active_due();
            self.status_written_at = None;
        }
    }
}
