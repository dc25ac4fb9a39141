//! The current state of a resource.

use std::time::Duration;

use covibe_coolify::{LiveState, RunState, Service, Status};
use covibe_domain::{Failure, Kind, Timestamp};
use covibe_workspace::{AnyApp, Coolify, Hosted, Inspections};
use tokio::time::timeout;

use super::combined_status::combined_status;
use super::container_inspection::look_by_docker;
use super::coolify_report::{correct_status, health_of, read_row, without_passed_check};
use super::service_state::{Part, runs};

/// The longest time that a docker host gets to show the containers of one resource, or those of a list.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// The current state of a resource, as it was seen.
pub(crate) struct Sight {
    /// The state of its containers together.
    pub(crate) status: Status,
    /// The time at which it was seen; `None` if nobody has looked since the resource was created.
    pub(crate) as_of: Option<Timestamp>,
    /// The number of times that Docker restarted the one container, if Docker was asked.
    pub(crate) restarts: Option<u64>,
    /// The exit code of the last run of the one container, if Docker was asked and that has ended.
    pub(crate) exit_code: Option<i64>,
    /// The state of its services.
    pub(super) services: Services,
}

/// The state of the services of a compose file.
pub(super) enum Services {
    /// The containers of each, as docker showed them.
    Parts(Vec<Part>),
    /// Coolify looked at them because of a recent start.
    Looks(Inspections),
    /// The states that Coolify reports are all that is known.
    Told,
    /// The states that Coolify reports may be older than a change of them.
    Unknown,
}

/// Returns the current state of a resource that was read just now. A resource that runs nothing, and is to be started,
/// is starting.
pub(crate) async fn sight(coolify: &Coolify, resource: &Hosted) -> Sight {
    let seen = match by_docker(coolify, resource).await {
        Some(parts) => Sight::from_parts(resource, parts, Timestamp::now()),
        None => by_coolify(coolify, resource).await,
    };
    let may_start = matches!(seen.status.state, RunState::Exited | RunState::Unknown);
    let is_starting = may_start
        && (is_starting_by_row(coolify, resource, &seen)
            || coolify.is_being_started(resource, seen.ran_at()).await.unwrap_or_default());
    if is_starting { seen.with_state(RunState::Starting) } else { seen }
}

/// Returns whether Coolify's row says that it is being started, and Docker shows nothing newer: after a worker was
/// lost, Coolify says that for ever (4.3.11).
fn is_starting_by_row(coolify: &Coolify, resource: &Hosted, seen: &Sight) -> bool {
    let is_recent = || resource.service().is_some_and(|service| coolify.is_start_recent(service));
    read_row(resource).0.state == RunState::Starting && (seen.ran_at().is_none() || is_recent())
}

/// Returns the containers as Docker shows them; `None` without a host, or without an answer in time.
async fn by_docker(coolify: &Coolify, resource: &Hosted) -> Option<Vec<Part>> {
    let look = async {
        match coolify.on_host(resource).await? {
            Some(host) => look_by_docker(&host, resource, None).await.map(Some),
            None => Ok(None),
        }
    };
    // Boxed because the future is large.
    ask_docker(coolify, Box::pin(look)).await.flatten()
}

/// Asks a docker host for a short time; `None` without an answer. A host that did not answer is left alone for a while.
pub(crate) async fn ask_docker<T>(
    coolify: &Coolify,
    question: impl Future<Output = Result<T, Failure>>,
) -> Option<T> {
    if coolify.is_docker_silent() {
        return None;
    }
    match timeout(PATIENCE, question).await {
        Ok(Ok(answer)) => return Some(answer),
        // Others use it at the moment.
        Ok(Err(failure)) if failure.kind == Kind::Limited => {}
        Ok(Err(_)) | Err(_) => coolify.note_docker_silence(),
    }
    None
}

/// Returns the state that Coolify knows. It may report a state from before a change for five minutes (4.3.11), so for
/// that long it is asked to look, if it can.
async fn by_coolify(coolify: &Coolify, resource: &Hosted) -> Sight {
    let (status, as_of) = read_row(resource);
    let row = Sight::from_row(status, as_of);
    if status.state == RunState::Starting || !coolify.is_recently_started(resource.uuid()) {
        return row;
    }
    match resource {
        Hosted::App(AnyApp::Application(app)) => {
            if let Ok(Some(live)) = coolify.application_by_coolify(app).await {
                let status = correct_status(status, Some(live));
                // Coolify ends a deployment with its own check only when that has passed.
                let is_certain = app.health_check_enabled;
                let status = if is_certain { status } else { without_passed_check(status) };
                return Sight::from_row(status, Some(Timestamp::now()));
            }
        }
        Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => {
            if let Ok(Some(looks)) = coolify.service_by_coolify(service, None).await {
                return Sight::from_looks(service, looks);
            }
        }
        // Its look would show the log of another tenant's (4.3.11).
        Hosted::Database(_) => {}
    }
    row.unless_older_than_change(coolify, resource)
}

impl Sight {
    pub(super) fn from_row(status: Status, as_of: Option<Timestamp>) -> Self {
        Self { status, as_of, restarts: None, exit_code: None, services: Services::Told }
    }

    /// Returns it with an unknown state if Coolify saw it before the last change of the resource.
    pub(super) fn unless_older_than_change(self, coolify: &Coolify, resource: &Hosted) -> Self {
        if !coolify.is_older_than_change(resource.uuid(), self.as_of) {
            return self;
        }
        Self { services: Services::Unknown, ..self.with_state(RunState::Unknown) }
    }

    pub(super) fn from_parts(resource: &Hosted, parts: Vec<Part>, at: Timestamp) -> Self {
        let only = parts.first().filter(|_| !resource.is_compose());
        Self {
            status: combined_status(&parts),
            as_of: Some(at),
            restarts: only.and_then(Part::current).map(|one| one.state.restart_count),
            exit_code: only.and_then(Part::exit_code),
            services: Services::Parts(parts),
        }
    }

    fn from_looks(service: &Service, looks: Inspections) -> Self {
        let told = service.status;
        let state = match looks.combined_state() {
            LiveState::Running if looks.is_whole() => RunState::Running,
            // Only Coolify knows the others, and `exited` may be from before the start.
            LiveState::Running if told.state == RunState::Exited => RunState::Unknown,
            LiveState::Running => told.state,
            _ if looks.any_runs() => RunState::Degraded,
            LiveState::Stopped | LiveState::Absent => RunState::Exited,
        };
        let status = if state == told.state { told } else { Status { state, ..Status::default() } };
        let row = Self::from_row(without_passed_check(status), Some(Timestamp::now()));
        Self { services: Services::Looks(looks), ..row }
    }

    pub(super) fn with_state(self, state: RunState) -> Self {
        Self { status: Status { state, ..Status::default() }, ..self }
    }

    /// Returns the image of the one container if Docker was asked and there is one; else `stored`, unless Docker was
    /// asked.
    pub(crate) fn image<'a>(&'a self, stored: Option<&'a str>) -> Option<&'a str> {
        match &self.services {
            Services::Parts(parts) => {
                let current = parts.first().and_then(Part::current);
                current.map(|one| one.state.image.as_str())
            }
            _ => stored,
        }
    }

    /// Returns the time at which a container was started last, if Docker was asked.
    fn ran_at(&self) -> Option<Timestamp> {
        let Services::Parts(parts) = &self.services else { return None };
        parts.iter().flat_map(|part| &part.held).filter_map(|one| one.state.started_at).max()
    }

    /// Returns when the oldest container that runs was created; `None` if docker was not asked, or none runs.
    pub(crate) fn oldest_running(&self) -> Option<Timestamp> {
        let Services::Parts(parts) = &self.services else { return None };
        let held = parts.iter().flat_map(|part| &part.held);
        held.filter(|one| runs(one.state.status)).map(|one| one.state.created_at).min().flatten()
    }

    /// Returns the health to show; `None` unless it runs.
    pub(crate) fn health(&self) -> Option<String> {
        health_of(self.status).map(|health| health.to_string())
    }
}
