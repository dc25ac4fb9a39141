//! One service of a resource, or its one container, as it was seen.

use covibe_coolify::{Health as ToldHealth, LiveState, Status as Told};
use covibe_docker_host::{Health, Status};
use covibe_domain::Timestamp;
use covibe_workspace::RunningContainer;

use super::coolify_report::{correct_status, health_of};
use crate::container_access::InspectedContainer;

/// The condition of a service, as far as it matters for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It runs.
    Up,
    /// It runs, and its health check has not answered yet; or Coolify is starting it.
    Settling,
    /// It ended, and Docker starts it repeatedly.
    Crashing,
    /// It is frozen.
    Paused,
    /// It has a container, which does not run.
    Down,
    /// It has no container.
    Absent,
    /// Coolify does not say.
    Unknown,
}

/// One service of a resource, or its one container.
#[derive(Debug)]
pub(crate) struct Part {
    /// The service; `None` for a resource with one container.
    pub(crate) service: Option<String>,
    /// True if a start is about it: it is to run on, or the call names it.
    pub(crate) counts: bool,
    /// Its condition.
    pub(crate) condition: Condition,
    /// Docker's word for the condition, or `absent`; Coolify's if Docker is not asked.
    pub(crate) status: &'static str,
    /// The state of its health check.
    pub(crate) health: Option<&'static str>,
    /// The time of Coolify's look, if the state comes from Coolify.
    pub(crate) as_of: Option<Timestamp>,
    /// Its containers: one that runs first, then the newest. Empty if the state comes from Coolify.
    pub(crate) held: Vec<InspectedContainer>,
}

impl Part {
    /// Creates one from its containers.
    pub(crate) fn from_containers(
        service: Option<String>,
        counts: bool,
        mut held: Vec<InspectedContainer>,
    ) -> Self {
        // Of several containers, as a broken deployment leaves them, only the newest is started.
        held.sort_by_key(|one| (!runs(one.state.status), std::cmp::Reverse(one.state.created_at)));
        let state = held.first().map(|one| (one.state.status, one.state.health));
        Self { held, ..Self::from_container(service, counts, state) }
    }

    /// Creates one from the newest of its containers that a host listed as running; `None` if it listed none, although
    /// there may be one that ended.
    pub(crate) fn from_running(
        service: Option<String>,
        counts: bool,
        newest: Option<&RunningContainer>,
    ) -> Self {
        let state = newest.map(|one| (one.status(), one.health()));
        Self::from_container(service, counts, state)
    }

    /// Creates one from the status and the health of its container.
    fn from_container(
        service: Option<String>,
        counts: bool,
        state: Option<(Status, Option<Health>)>,
    ) -> Self {
        let condition = state.map_or(Condition::Absent, condition);
        let status = state.map_or("absent", |(status, _)| status.as_str());
        // Docker calls a check unhealthy if its container was stopped.
        let is_up = matches!(condition, Condition::Up | Condition::Settling);
        let health = state.and_then(|(_, health)| health).filter(|_| is_up).map(Health::as_str);
        Self { service, counts, condition, status, health, as_of: None, held: Vec::new() }
    }

    /// Creates one from a look that Coolify took, and the status that it reported before. A look does not distinguish a
    /// crash loop from a stop.
    pub(crate) fn from_look(service: Option<String>, live: LiveState, told: Told) -> Self {
        let seen = Self::from_report(service, correct_status(told, Some(live)), None);
        if live == LiveState::Absent {
            return Self { condition: Condition::Absent, status: "absent", ..seen };
        }
        seen
    }

    /// Creates one from the status that Coolify reports, which may be older than a start or stop.
    pub(crate) fn from_report(
        service: Option<String>,
        told: Told,
        as_of: Option<Timestamp>,
    ) -> Self {
        use covibe_coolify::RunState;
        let condition = match told.state {
            RunState::Running => Condition::Up,
            RunState::Starting => Condition::Settling,
            RunState::Restarting | RunState::Degraded => Condition::Crashing,
            RunState::Paused => Condition::Paused,
            RunState::Exited => Condition::Down,
            RunState::Unknown => Condition::Unknown,
        };
        let health = health_of(told).map(ToldHealth::as_str);
        Self {
            service,
            condition,
            status: told.state.as_str(),
            health,
            as_of,
            ..Self::new_unknown()
        }
    }

    fn new_unknown() -> Self {
        Self {
            service: None,
            counts: true,
            condition: Condition::Unknown,
            status: "unknown",
            health: None,
            as_of: None,
            held: Vec::new(),
        }
    }

    /// Returns the container that counts.
    pub(crate) fn current(&self) -> Option<&InspectedContainer> {
        self.held.first()
    }

    /// Returns whether nothing of it runs.
    pub(crate) fn is_down(&self) -> bool {
        matches!(self.condition, Condition::Down | Condition::Absent)
    }

    /// Returns whether it runs, or Docker starts it repeatedly: there is nothing to start.
    pub(crate) fn is_started(&self) -> bool {
        matches!(self.condition, Condition::Up | Condition::Settling | Condition::Crashing)
    }

    /// Returns the number of times that Docker restarted it since it was started.
    pub(crate) fn restarts(&self) -> u64 {
        self.current().map_or(0, |one| one.state.restart_count)
    }

    /// Returns the exit code of its last run, if that has ended.
    pub(crate) fn exit_code(&self) -> Option<i64> {
        let state = &self.current()?.state;
        let has_ended = !matches!(self.condition, Condition::Up | Condition::Settling);
        (has_ended && state.finished_at.is_some()).then_some(state.exit_code)
    }

    /// Returns its name in sentences.
    pub(crate) fn name(&self) -> &str {
        self.service.as_deref().unwrap_or("The container")
    }
}

/// Returns whether a container's program runs, or Docker runs it again by itself.
pub(crate) fn runs(status: Status) -> bool {
    matches!(status, Status::Running | Status::Restarting | Status::Paused)
}

fn condition((status, health): (Status, Option<Health>)) -> Condition {
    match status {
        Status::Running if health == Some(Health::Starting) => Condition::Settling,
        Status::Running => Condition::Up,
        Status::Restarting => Condition::Crashing,
        Status::Paused => Condition::Paused,
        Status::Created | Status::Exited | Status::Dead | Status::Removing => Condition::Down,
        Status::Unknown => Condition::Unknown,
    }
}
