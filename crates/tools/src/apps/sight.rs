//! The state of one app: as Coolify tells it, or as docker has it where that may be older than a
//! start.

use covibe_coolify::{Application, Live, Service, State, Status};
use covibe_domain::Timestamp;
use covibe_domain::entities::App;
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Looks};

use super::view;
use crate::containers::{health_of, seen, without_passed_check};

/// An app with the state that was seen.
pub(super) struct Seen {
    /// The app.
    pub(super) app: App,
    /// The containers of a compose app, if they were looked at.
    pub(super) looks: Option<Looks>,
}

/// Returns an app with its state. Coolify may tell the state from before a start for five minutes
/// (4.3.11); so for that long docker is looked at, where Coolify can.
pub(super) async fn sight(coolify: &Coolify, found: &AnyApp) -> Seen {
    let (told, as_of) = match found {
        AnyApp::Application(app) => (app.status, app.last_online_at),
        AnyApp::Service(service) => (service.status, service.last_online_at()),
    };
    let app = App { status_as_of: as_of, ..view::any(found) };
    if told.state == State::Starting || !coolify.is_recently_started(app.uuid.as_str()) {
        return Seen { app, looks: None };
    }
    match found {
        AnyApp::Application(application) => of_application(coolify, application, app).await,
        AnyApp::Service(service) => of_service(coolify, service, app).await,
    }
}

async fn of_application(coolify: &Coolify, application: &Owned<Application>, app: App) -> Seen {
    // A failed look changes nothing: what Coolify tells is shown with its time.
    let Ok(Some(live)) = coolify.look_at_application(application).await else {
        return Seen { app, looks: None };
    };
    let status = seen(application.status, Some(live));
    // Coolify ends a deployment with its own check only when that has passed.
    let is_certain = application.health_check_enabled;
    let status = if is_certain { status } else { without_passed_check(status) };
    Seen { app: with(app, status), looks: None }
}

async fn of_service(coolify: &Coolify, service: &Owned<Service>, app: App) -> Seen {
    let looks = coolify.look_at_service(service, None).await.ok().flatten();
    let Some(looks) = looks else { return Seen { app, looks: None } };
    let told = service.status;
    let state = match looks.together() {
        Live::Running if looks.is_whole() => State::Running,
        // Of the others only Coolify tells, and `exited` may be from before the start.
        Live::Running if told.state == State::Exited => State::Unknown,
        Live::Running => told.state,
        _ if looks.any_runs() => State::Degraded,
        Live::Stopped | Live::Absent => State::Exited,
    };
    let status = if state == told.state { told } else { Status { state, ..Status::default() } };
    Seen { app: with(app, without_passed_check(status)), looks: Some(looks) }
}

/// Returns an app with a state that was seen just now.
fn with(app: App, status: Status) -> App {
    App {
        status: status.state.to_string(),
        health: health_of(status).map(|health| health.to_string()),
        status_as_of: Some(Timestamp::now()),
        ..app
    }
}
