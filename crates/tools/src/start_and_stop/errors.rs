//! Failures of stopping and starting.

use std::time::Duration;

use covibe_domain::{DeploymentUuid, Failure, Kind};
use covibe_operation::quotable_name;

/// 409: a deployment of the app is in progress, or waits; then it is named.
pub(crate) fn deployment_under_way(app: &str, waits: Option<&DeploymentUuid>) -> Failure {
    let (what, cancel) = match waits {
        Some(uuid) => (
            "waits",
            format!(" deployments.cancel {{\"uuid\":\"{uuid}\"}} cancels it before it begins."),
        ),
        None => ("is in progress", String::new()),
    };
    let hint = format!(
        "Nothing was done: the deployment replaces the containers. Repeat the call once it has \
         ended; apps.deployments {{\"uuid\":\"{app}\"}} shows its status.{cancel}"
    );
    Failure::conflict(format!("A deployment of the app {what}."))
        .hint(hint)
        .retry_after(Duration::from_secs(30))
}

/// 409: Coolify is starting the service.
pub(crate) fn start_under_way() -> Failure {
    Failure::conflict("Coolify is already starting the resource.")
        .hint("Nothing was done: the start replaces the containers. Repeat the call in a minute.")
        .retry_after(Duration::from_secs(30))
}

/// 409: the app is being deleted.
pub(crate) fn being_deleted() -> Failure {
    Failure::conflict("The app is being deleted, so nothing was done.")
        .hint("apps.get returns 404 once it is gone.")
}

/// 409: the operator has paused a container.
pub(super) fn paused_container(name: &str) -> Failure {
    Failure::conflict(format!("{} is paused, so nothing was done.", quotable_name(name)))
        .hint("The operator has paused it. Ask them, or stop it first.")
}

/// 409: the one service that a call names has no container.
pub(super) fn service_without_container(name: &str, how_to_start: &str) -> Failure {
    Failure::conflict(format!("The service {} has no container to start.", quotable_name(name)))
        .hint(format!("Coolify creates the containers of all services together. {how_to_start}"))
}

/// 503: only Docker can stop or start one service alone.
pub(super) fn one_service_needs_host() -> Failure {
    Failure::unready("No docker host is configured, so a single service can't be controlled.")
        .permanent()
        .hint(
            "Leave `service` out: the call then applies to all of them. Or tell the operator: \
             COVIBE_DOCKER_HOST is not set for the resource's server.",
        )
}

/// 409: Coolify takes a database for stopped that may run.
pub(super) fn taken_for_stopped() -> Failure {
    Failure::conflict("Coolify believes that the database is stopped, so it does not stop it.")
        .hint("It checks again within five minutes: repeat the call then.")
        .retry_after(Duration::from_mins(1))
}

/// 504: the change was requested, and nothing was seen afterwards.
pub(super) fn unseen_outcome(where_to_look: String) -> Failure {
    Failure::new(Kind::Timeout, "The containers could not be inspected after the change.")
        .hint(where_to_look)
        .in_doubt()
}
