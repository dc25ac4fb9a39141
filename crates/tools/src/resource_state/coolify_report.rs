//! The states that Coolify reports, and their correction by a look.

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
    let file = service.file_services();
    let has = |name: &str, is_database: bool| {
        file.is_empty() || file.iter().any(|it| it.name == name && it.is_database == is_database)
    };
    (
        service.applications.iter().filter(|each| has(&each.name, false)).collect(),
        service.databases.iter().filter(|each| has(&each.name, true)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;

    fn service(file: &str) -> Service {
        let container = |name: &str| json!({ "name": name });
        let value = json!({
            "uuid": "zg4cwgc44ogc08804000gggo", "docker_compose_raw": file,
            "applications": [container("web"), container("old")],
            "databases": [container("db"), container("web")],
        });
        serde_json::from_value(value).unwrap()
    }

    fn names(service: &Service) -> Vec<&str> {
        let (applications, databases) = present_containers(service);
        let applications = applications.into_iter().map(|each| each.name.as_str());
        applications.chain(databases.into_iter().map(|each| each.name.as_str())).collect()
    }

    #[test]
    fn containers_that_the_file_lost_are_not_present() {
        let file = "services: {web: {image: 'nginx:1'}, db: {image: 'postgres:16'}}";
        assert_eq!(names(&service(file)), ["web", "db"]);
        assert_eq!(names(&service("")), ["web", "old", "db", "web"], "it is not known");
    }

    #[test]
    fn the_file_of_a_service_is_read_once_for_all_looks_at_its_containers() {
        let label = |number: usize| format!("      l{number}: b\n");
        let labels: String = (0..40_000).map(label).collect();
        let file = format!("services:\n  web:\n    image: nginx:1\n    labels:\n{labels}");
        let service = service(&file);
        let begun = Instant::now();
        assert_eq!(service.file_services().len(), 1);
        let (once, begun) = (begun.elapsed(), Instant::now());
        assert!((0..20).all(|_| names(&service) == ["web"]));
        assert!(begun.elapsed() < once, "{:?} {once:?}", begun.elapsed());
    }
}
