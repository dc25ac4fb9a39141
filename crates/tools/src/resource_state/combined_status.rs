//! The services of a resource together, in Coolify's terms.

use covibe_coolify::{Health, RunState, Status};

use super::service_state::{Condition, Part};

impl Part {
    /// Returns its state in Coolify's terms.
    pub(super) fn state(&self) -> RunState {
        match self.condition {
            Condition::Up | Condition::Settling => RunState::Running,
            Condition::Crashing => RunState::Restarting,
            Condition::Paused => RunState::Paused,
            Condition::Down | Condition::Absent => RunState::Exited,
            Condition::Unknown => RunState::Unknown,
        }
    }

    /// Returns its state, and its health as Docker reports it.
    pub(super) fn status(&self) -> Status {
        let health = match self.health {
            Some("healthy") => Health::Healthy,
            Some("unhealthy") => Health::Unhealthy,
            _ => Health::Unknown,
        };
        Status { state: self.state(), health }
    }

    /// Returns whether it has a health check that has not answered yet.
    fn is_settling(&self) -> bool {
        self.condition == Condition::Settling
    }
}

/// Returns the status of the services of a resource together: those that end by themselves count only if there are no
/// others.
pub(super) fn combined_status(parts: &[Part]) -> Status {
    let lasting: Vec<_> = parts.iter().filter(|part| part.counts).collect();
    let counted = if lasting.is_empty() { parts.iter().collect() } else { lasting };
    let all = |state| counted.iter().all(|part| part.state() == state);
    let same = counted.first().map(|part| part.state()).filter(|state| all(*state));
    let state = match same {
        Some(state) => state,
        None if counted.is_empty() => RunState::Exited,
        None if counted.iter().any(|part| part.state() == RunState::Unknown) => RunState::Unknown,
        None => RunState::Degraded,
    };
    Status { state, health: health(&counted) }
}

/// Returns their health: a check that fails counts most, then one that has not answered yet.
fn health(parts: &[&Part]) -> Health {
    let any = |health| parts.iter().any(|part| part.status().health == health);
    match () {
        () if any(Health::Unhealthy) => Health::Unhealthy,
        () if parts.iter().any(|part| part.is_settling()) => Health::Unknown,
        () if any(Health::Healthy) => Health::Healthy,
        () => Health::Unknown,
    }
}
