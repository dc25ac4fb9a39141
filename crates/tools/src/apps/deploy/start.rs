//! Starting and restarting compose apps.

use std::time::Instant;

use covibe_coolify::{Service, Start, State};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, StartPlace, StartTurn, Waiting, Workspace};

use crate::apps::{generated_hosts, guard, startable};
use crate::images::check_service_images;

/// The start of a service that a call wants.
pub(in crate::apps) struct Wanted {
    /// The time at which the service was read.
    pub(in crate::apps) read_at: Instant,
    /// True to pull its images again.
    pub(in crate::apps) pulls: bool,
    /// True to restart it if Coolify has looked since and takes it for running now.
    pub(in crate::apps) restarts: bool,
    /// The place of a start that waited for it.
    pub(in crate::apps) place: Option<StartPlace>,
}

/// The effect of a call that starts a service.
pub(in crate::apps) enum Started {
    /// The service was stopped, and starts.
    New,
    /// The service was running, and restarts.
    Restarted,
    /// No effect: the service was starting, or another call started it.
    Skipped,
    /// It waits for a place.
    Waits(Waiting),
}

/// Starts a service, or restarts it with its current settings. If there is no place for that, the start waits for one,
/// and is judged again then.
pub(in crate::apps) async fn start(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: Wanted,
) -> Result<Started, Failure> {
    let Wanted { read_at, pulls: pull, restarts, place } = wanted;
    let state = service.status.state;
    // If no call started it recently, a service that is still starting hangs.
    let is_starting = state == State::Starting && !pull && coolify.is_start_recent(service);
    let permit = if is_starting { None } else { coolify.permit_start(service, pull, read_at) };
    let Some(permit) = permit else {
        if let Some(place) = place {
            place.give_back().await;
        }
        return Ok(Started::Skipped);
    };
    // Before anything is changed.
    coolify.check_file(service).await?;
    startable::check_finished(cx, service).await?;
    startable::check_file(cx, coolify, service).await?;
    check_service_images(cx, service).await?;
    let place = match place {
        Some(place) => place,
        None => match coolify.service_start(service, pull).await? {
            StartTurn::Now(place) => place,
            StartTurn::Waits(waiting) => return Ok(Started::Waits(waiting)),
        },
    };
    let parsed = generated_hosts::replace_before_start(cx, coolify, service).await?;
    if parsed.compose() != service.compose() {
        startable::check_file(cx, coolify, &parsed).await?;
    }
    guard::check_parsed(cx, coolify, &parsed).await?;
    let started = request_start(coolify, service, pull, restarts, place).await?;
    permit.accepted();
    Ok(started)
}

async fn request_start(
    coolify: &Coolify,
    service: &Owned<Service>,
    pull: bool,
    restarts: bool,
    place: StartPlace,
) -> Result<Started, Failure> {
    let is_down = service.status.state.runs_nothing();
    if is_down && !pull {
        let start = coolify.start_service(service, restarts, place).await?;
        return Ok(if start == Start::Queued { Started::New } else { Started::Skipped });
    }
    coolify.restart_service(service, pull, place).await?;
    Ok(if is_down { Started::New } else { Started::Restarted })
}
