//! Starting and restarting compose apps.

use std::time::Instant;

use covibe_coolify::{Service, Start, State};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, StartPlace, Workspace};

use crate::apps::{generated_hosts, guard, startable};

/// The effect of a call that starts a service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::apps) enum Started {
    /// The service was stopped, and starts.
    New,
    /// The service was running, and restarts.
    Restarted,
    /// None: the service was starting, or another call started it.
    Skipped,
}

/// Starts a service that was read at `read_at`, or restarts it with its current settings.
pub(in crate::apps) async fn start(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    read_at: Instant,
    pull: bool,
) -> Result<Started, Failure> {
    let state = service.status.state;
    // If no call started it recently, a service that is still starting hangs.
    if state == State::Starting && !pull && coolify.is_start_recent(service) {
        return Ok(Started::Skipped);
    }
    let Some(permit) = coolify.permit_start(service, pull, read_at) else {
        return Ok(Started::Skipped);
    };
    // Before anything is changed.
    coolify.check_file(service).await?;
    let place = coolify.service_start_place(service).await?;
    startable::check_finished(cx, service).await?;
    startable::check_file(cx, coolify, service).await?;
    let parsed = generated_hosts::replace_before_start(cx, coolify, service).await?;
    if parsed.compose() != service.compose() {
        startable::check_file(cx, coolify, &parsed).await?;
    }
    guard::check_parsed(cx, coolify, &parsed).await?;
    let started = request_start(coolify, service, state, pull, place).await?;
    permit.accepted();
    Ok(started)
}

async fn request_start(
    coolify: &Coolify,
    service: &Owned<Service>,
    state: State,
    pull: bool,
    place: StartPlace,
) -> Result<Started, Failure> {
    let is_down = matches!(state, State::Exited | State::Unknown);
    if is_down && !pull {
        let start = coolify.start_service(service, place).await?;
        return Ok(if start == Start::Queued { Started::New } else { Started::Skipped });
    }
    coolify.restart_service(service, pull, place).await?;
    Ok(if is_down { Started::New } else { Started::Restarted })
}
