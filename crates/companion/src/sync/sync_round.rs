//! The state of the loop, and a round of it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use covibe_domain::companion::{Machine, Overlap};
use serde::Serialize;
use uuid::Uuid;

use super::loop_state::{Known, Rules, Servers, Tracked};
use super::service_log::Log;
use crate::command_error::{Exit, Problem};
use crate::files_without_fsync;
use crate::git::{Git, Location};
use crate::home::CompanionHome;
use crate::inbox::INBOX;
use crate::origin::Origin;
use crate::queue::{QUEUE, Queue};
use crate::repos::Registry;
use crate::sessions::Sessions;
use crate::settings;
use crate::uplink::{Backoff, Identities, Uplink};

/// The difference between the clocks that is a jump, or a machine that slept.
const JUMP: Duration = Duration::from_mins(2);

/// The work since the loop began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TickReport {
    /// The number of events that were read.
    pub events: usize,
    /// The number of snapshots that were queued.
    pub snapshots: usize,
    /// The number of items that servers have confirmed.
    pub sent: usize,
    /// The number of items that servers rejected for good.
    pub rejected: usize,
    /// The number of repositories that servers were asked to forget.
    pub forgotten: usize,
}

/// The loop: one value for each process, with all that it remembers.
pub struct Watcher<U> {
    pub(super) home: CompanionHome,
    pub(super) uplink: U,
    pub(super) git: Git,
    pub(super) machine: Machine,
    pub(super) registry: Registry,
    pub(super) is_registry_changed: bool,
    pub(super) sessions: Sessions,
    pub(super) are_sessions_changed: bool,
    pub(super) backoff: Backoff,
    pub(super) identities: Identities,
    pub(super) servers: Servers,
    pub(super) rules: Rules,
    pub(super) known: HashMap<PathBuf, Known>,
    pub(super) tracked: HashMap<PathBuf, Tracked>,
    pub(super) inbox_state: Option<SystemTime>,
    pub(super) inbox_read_at: Option<Instant>,
    pub(super) deferred: HashMap<Uuid, Instant>,
    pub(super) batch_limits: HashMap<Origin, usize>,
    pub(super) overlaps: HashMap<Origin, Vec<Overlap>>,
    pub(super) only: Option<PathBuf>,
    pub(super) log: Log,
    pub(super) report: TickReport,
    pub(super) started_at: SystemTime,
    pub(super) status_written_at: Option<Instant>,
    pub(super) sync_requested: Option<SystemTime>,
    pub(super) aged_at: Option<Instant>,
    clock: (Instant, SystemTime),
}

impl<U: Uplink> Watcher<U> {
    /// Creates the loop with what earlier processes have left.
    ///
    /// # Errors
    ///
    /// A problem if the id of the machine cannot be read or made.
    pub fn new(home: &CompanionHome, uplink: U, git: Git) -> Result<Self, Problem> {
        let machine = settings::machine(home)?;
        for folder in [INBOX, QUEUE, "run"] {
            files_without_fsync::sweep(&home.path(folder));
        }
        let mut watcher = Self {
            home: home.clone(),
            uplink,
            git,
            machine,
            registry: Registry::load(home),
            is_registry_changed: false,
            sessions: Sessions::load(home),
            are_sessions_changed: false,
            backoff: Backoff::load(home),
            identities: Identities::load(home),
            servers: Servers::default(),
            rules: Rules::default(),
            known: HashMap::new(),
            tracked: HashMap::new(),
            inbox_state: None,
            inbox_read_at: None,
            deferred: HashMap::new(),
            batch_limits: HashMap::new(),
            overlaps: HashMap::new(),
            only: None,
            log: Log::new(home),
            report: TickReport::default(),
            started_at: SystemTime::now(),
            status_written_at: None,
            sync_requested: None,
            aged_at: None,
            clock: (Instant::now(), SystemTime::now()),
        };
        watcher.track_registered();
        Ok(watcher)
    }

    /// Watches one repository only, and registers it.
    pub fn watch_only(&mut self, place: &Location) {
        self.only = Some(place.common_dir.clone());
        self.refresh_rules();
        if self.rules.reason(place).is_none() {
            self.note_activity(place, covibe_domain::Timestamp::now());
        }
    }

    /// Makes one round of the loop.
    pub async fn tick(&mut self) {
        self.check_clock();
        self.check_request();
        self.servers.refresh(&self.home);
        if std::mem::take(&mut self.servers.is_changed) {
            // A repository that had no server can have one now.
            self.make_active_due();
        }
        self.refresh_rules();
        self.drop_excluded();
        self.read_inbox();
        self.poll_worktrees();
        self.take_due_snapshots().await;
        self.update_sessions().await;
        self.age_queue();
        self.flush().await;
        self.save();
        self.write_status(false);
    }

    /// Reads and sends all that there is.
    ///
    /// # Errors
    ///
    /// A problem if something could not be sent.
    pub async fn run_once(&mut self) -> Result<TickReport, Problem> {
        self.backoff.reset(&self.home);
        self.refresh_rules();
        self.drop_excluded();
        while self.read_inbox() {}
        self.make_active_due();
        while self.take_due_snapshots().await {}
        self.update_sessions().await;
        self.age_queue();
        self.flush().await;
        self.save();
        self.write_status(true);
        let left = Queue::new(&self.home).names().len();
        if left == 0 {
            return Ok(self.report.clone());
        }
        let reasons = self.backoff.states().filter_map(|(server, state)| {
            state.reason.as_ref().map(|reason| format!("{server}: {reason}"))
        });
        let reasons: Vec<String> = reasons.collect();
        Err(Problem::new(
            Exit::Unavailable,
            format!("{left} items have not been sent yet. {}", reasons.join("; ")),
        )
        .hint("Run `covibe-local doctor`."))
    }

    /// Stores what is not stored yet, and says in `status.json` that the loop has ended.
    pub fn finish(&mut self) -> TickReport {
        self.save();
        self.write_status(true);
        self.report.clone()
    }

    /// Returns what was done since the loop began.
    pub const fn report(&self) -> &TickReport {
        &self.report
    }

    /// Stores the registry and the sessions where they have changed.
    pub(super) fn save(&mut self) {
        if self.is_registry_changed {
            let saved = self.registry.save(&self.home);
            self.is_registry_changed = saved.is_err();
            self.log.check("The list of repositories cannot be stored", saved);
        }
        if self.are_sessions_changed {
            let saved = self.sessions.save(&self.home);
            self.are_sessions_changed = saved.is_err();
            self.log.check("The sessions cannot be stored", saved);
        }
    }

    /// Notices that the machine slept or that its clock was set: everything is then looked at again.
    fn check_clock(&mut self) {
        let (instant, wall) = self.clock;
        self.clock = (Instant::now(), SystemTime::now());
        let expected = wall + instant.elapsed();
        let difference = match expected.duration_since(self.clock.1) {
            Ok(difference) => difference,
            Err(error) => error.duration(),
        };
        if difference >= JUMP {
            self.log.write("The clock jumped, or the machine slept.");
            self.inbox_state = None;
            self.deferred.clear();
            self.poll_all_now();
        }
    }

    /// Removes what is too old, once an hour.
    fn age_queue(&mut self) {
        if self.aged_at.is_some_and(|at| at.elapsed() < Duration::from_hours(1)) {
            return;
        }
        self.aged_at = Some(Instant::now());
        let expired = Queue::new(&self.home).expire();
        if expired > 0 {
            self.log.write(&format!("{expired} items were too old to be sent."));
        }
    }
}
