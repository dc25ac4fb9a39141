//! The observations of a start, beside the state before it.

use std::hash::Hash;
use std::time::Duration;

use covibe_coolify::{Health, LiveState, RunState, Status};
use covibe_domain::Timestamp;
use covibe_workspace::{Hosted, Inspections};

use super::container_monitor::Observation;
use super::started_containers::StartedContainers;
use crate::resource_state::read_row;

/// The row of a resource that is started, as Coolify reports it.
#[derive(Clone, Copy, Debug)]
pub(super) struct CoolifyRow {
    /// Its state and health.
    pub(super) status: Status,
    /// The time of Coolify's look.
    pub(super) seen_at: Option<Timestamp>,
    /// True for a database, which Coolify does not report as starting.
    pub(super) is_database: bool,
    /// The configuration with which Coolify last began to start a service, if it reports one.
    pub(super) started_with: Option<u128>,
    /// True if Coolify has reported it just now; false for an earlier report.
    pub(super) is_new: bool,
}

impl CoolifyRow {
    /// Reads the row of a resource, which Coolify has reported just now if `is_new`.
    pub(super) fn read(resource: &Hosted, is_new: bool) -> Self {
        let (status, seen_at) = read_row(resource);
        let service = resource.service();
        let hash = service.and_then(|service| service.config_hash.as_deref());
        Self {
            status,
            seen_at,
            is_database: service.is_none(),
            started_with: hash.and_then(|hash| u128::from_str_radix(hash, 16).ok()),
            is_new,
        }
    }
}

/// The observations of a start, beside the state before it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct StartSight {
    /// The state that Coolify reported before it.
    before: RunState,
    /// The state of the containers that Coolify reported before; `None` if it reported only that they were being
    /// started.
    told_before: Option<RunState>,
    /// The time of its last look before all containers were certainly those of the start.
    seen_before: Option<Timestamp>,
    /// The time at which Coolify certainly reports that a database has restarted.
    noticed_at: Timestamp,
    /// The configuration with which a service was started before.
    started_before_with: Option<u128>,
    /// True if containers may have run before the start.
    ran_before: bool,
    /// True if another call requested the start.
    joins_start: bool,
    /// True once the start was seen to begin.
    has_begun: bool,
    /// True once Coolify has reported another state of the containers since.
    has_changed: bool,
    /// The result of Coolify's last look.
    last: Option<LiveState>,
    /// True once Docker has shown the containers.
    was_shown: bool,
    /// True if Coolify reported last that it is being started.
    was_starting: bool,
    /// True if Coolify has reported nothing since the start was seen to begin, or the start goes on: then the time of
    /// its last look before is not known.
    is_open: bool,
}

impl StartSight {
    /// Creates the sight of a start that was requested now; `before` is the row that Coolify reported before. Coolify
    /// certainly reports that a database has restarted after `notice`.
    pub(super) fn new(
        before: CoolifyRow,
        notice: Duration,
        ran_before: bool,
        joins_start: bool,
    ) -> Self {
        let started_before_with = before.started_with;
        let (before, seen_before) = (before.status.state, before.seen_at);
        Self {
            before,
            told_before: Some(before).filter(|state| *state != RunState::Starting),
            seen_before,
            noticed_at: Timestamp::now().after(notice),
            started_before_with,
            ran_before,
            joins_start,
            // Another call's start may wait for a worker, too.
            has_begun: joins_start && before == RunState::Starting,
            has_changed: false,
            last: None,
            was_shown: false,
            was_starting: before == RunState::Starting,
            is_open: false,
        }
    }

    /// Returns the observation of the start: by docker, or by Coolify if Docker does not answer.
    pub(super) fn observe<K: Eq + Hash>(
        &mut self,
        row: CoolifyRow,
        looks: Option<&Inspections>,
        started: &StartedContainers<K>,
    ) -> Observation {
        let CoolifyRow { status: Status { state, health }, seen_at, is_database, is_new, .. } = row;
        // Coolify notes `exited` when it stops containers, before it starts new ones.
        let is_seen = matches!(state, RunState::Running | RunState::Degraded);
        let by_host = started.combined_state();
        let lacks_container = by_host.is_some() && is_database && started.is_empty();
        let live = match by_host {
            _ if lacks_container => None,
            Some(together) => together.live,
            None => looks.map(Inspections::combined_state),
        };
        let is_told_new = by_host.is_none() && self.is_told_new(row, live);
        // Then Coolify reports of a service that it is being started, once it begins to do that.
        let is_removed = is_database && started.has_removed_all();
        let is_changed = by_host.is_none() && self.is_changed(state, live);
        // A start that fails at once is reported as starting between two questions only.
        let is_noted = row.started_with != self.started_before_with;
        let begins = started.has_new()
            || state == RunState::Starting
            || is_removed
            || is_changed
            || is_noted;
        let is_first = begins && !self.has_begun && !is_told_new;
        // It may have looked before all were created, or before the old ones were gone: also between two questions.
        let was_starting = std::mem::replace(&mut self.was_starting, state == RunState::Starting);
        self.is_open |= is_first || was_starting || self.was_starting;
        if self.is_open && is_new {
            self.seen_before = seen_at;
            self.is_open = self.was_starting;
        }
        self.has_begun |= begins || is_told_new;
        match by_host {
            Some(_) => self.was_shown = true,
            None => self.last = live.or(self.last),
        }
        let is_other = self.told_before.is_some_and(|told| told != state);
        self.has_changed |= self.has_begun && state != RunState::Starting && is_other;
        // A release that does not report the time of its look reports a change.
        let is_later = !self.is_open && seen_at > self.seen_before;
        let is_newer = if seen_at.is_some() { is_later } else { self.has_changed };
        let checks = by_host.and_then(|it| it.checks);
        Observation {
            live,
            is_by_host: by_host.is_some(),
            has_begun: self.has_begun,
            has_completed: by_host.is_some_and(|it| it.has_completed),
            lacks_container,
            shows_none: false,
            is_whole: match by_host {
                Some(together) => together.is_whole,
                None => looks.is_none_or(Inspections::is_whole),
            },
            looked_since: looks.and_then(Inspections::oldest_time),
            state,
            health,
            is_check_open: checks.is_some_and(|checks| checks.health == Health::Unknown),
            is_fresh: self.has_begun && is_seen && is_newer,
            restarts: started.restarts(),
            fault: started.fault(),
            checks,
            as_of: seen_at,
        }
    }

    /// Returns whether Coolify reports or sees a container of the start: it runs where none did, or since another
    /// call's start, or Coolify has looked at a database so late that it must be a new one.
    fn is_told_new(&self, row: CoolifyRow, live: Option<LiveState>) -> bool {
        let state = row.status.state;
        let is_seen = matches!(state, RunState::Running | RunState::Degraded);
        let is_later = row.seen_at > self.seen_before;
        let runs = live == Some(LiveState::Running) || (live.is_none() && is_seen && is_later);
        let is_joined =
            self.joins_start && self.before.runs_nothing() && state == RunState::Running;
        // Nothing else shows that the container of a database is a new one, if Docker never did.
        let is_noticed = !self.was_shown && row.seen_at.is_some_and(|at| at >= self.noticed_at);
        is_joined || (runs && !self.ran_before) || (row.is_database && is_seen && is_noticed)
    }

    /// Returns whether the containers that ran are gone, as far as Coolify reports or sees.
    fn is_changed(&self, state: RunState, live: Option<LiveState>) -> bool {
        let is_stopped = self.before == RunState::Running && state == RunState::Exited;
        is_stopped || (self.last.is_some() && live.is_some() && self.last != live)
    }
}
