//! The states that Coolify reports, and their correction by a look.

use covibe_compose::stored_services;
use covibe_coolify::{
    Health, LiveState, RunState, Service, ServiceApplication, ServiceDatabase, Status,
};
use covibe_domain::Timestamp;
use covibe_workspace::{AnyApp, Hosted};

/// Returns the status of a resource in Coolify's row, and the time of its look.
pub(crate) fn read_row(resource: &Hosted) -> (Status, Option<Timestamp>) {
    match resource {
        Hosted::App(AnyApp::Application(app)) => (app.status, app.last_online_at()),
        Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => {
            (service.status, service.last_online_at())
        }
        Hosted::Database(database) => (database.status, database.last_online_at()),
    }
}

/// Returns the state to report of a resource that a call has just created, which nobody has looked at: Coolify's word
/// is from before its start.
pub(crate) fn state_of_created(told: Status, is_started: bool) -> RunState {
    if is_started && told.state.runs_nothing() { RunState::Starting } else { told.state }
}

/// Returns a status corrected by a look at the container, if there was one. Coolify's report may be older.
pub(crate) fn correct_status(told: Status, live: Option<LiveState>) -> Status {
    let state = match (live, told.state) {
        (None, state) => state,
        (Some(LiveState::Running), _) => RunState::Running,
        (Some(_), RunState::Restarting | RunState::Paused) => told.state,
        (Some(_), _) => RunState::Exited,
    };
    let health = if state == told.state { told.health } else { Health::Unknown };
    Status { state, health }
}

/// Returns a status without the health of a check that may not have answered since a start: Coolify reports
/// docker's `starting` as healthy (4.3.11).
pub(crate) fn without_passed_check(status: Status) -> Status {
    match status.health {
        Health::Healthy => Status { health: Health::Unknown, ..status },
        Health::Unhealthy | Health::Unknown => status,
    }
}

/// Returns the health to show: Coolify's says nothing of what does not run.
pub(crate) fn health_of(status: Status) -> Option<Health> {
    matches!(status.state, RunState::Running | RunState::Degraded).then_some(status.health)
}

/// Returns the containers of a compose service that its file has. Coolify goes on listing those that
/// the file lost (4.3.11).
pub(crate) fn present_containers(
    service: &Service,
) -> (Vec<&ServiceApplication>, Vec<&ServiceDatabase>) {
    let file = service.compose().map(stored_services).unwrap_or_default();
    let has = |name: &str, is_database: bool| {
        file.is_empty() || file.iter().any(|it| it.name == name && it.is_database == is_database)
    };
    (
        service.applications.iter().filter(|each| has(&each.name, false)).collect(),
        service.databases.iter().filter(|each| has(&each.name, true)).collect(),
    )
}
