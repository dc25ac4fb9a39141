//! Starting and restarting compose apps.

use std::time::Instant;

use covibe_coolify::{RunState, Service, StartOutcome};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, StartPlace, StartTurn, WaitingDeployment, Workspace};

use crate::apps::compose::generated_file_check;
use crate::apps::compose::generated_hosts;
use crate::apps::compose::start_preconditions;
use crate::image_checks::check_service_images;

/// The start of a service that a call wants.
pub(in crate::apps) struct WantedStart {
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
pub(in crate::apps) enum StartEffect {
    /// The service was stopped, and starts.
    New,
    /// The service was running, and restarts.
    Restarted,
    /// No effect: the service was starting, or another call started it.
    Skipped,
    /// It waits for a place.
    Waits(WaitingDeployment),
}

/// Starts a service, or restarts it with its current settings. If there is no place for that, the start waits for one,
/// and is judged again then.
pub(in crate::apps) async fn start(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: WantedStart,
) -> Result<StartEffect, Failure> {
    let WantedStart { read_at, pulls: pull, restarts, place } = wanted;
    let state = service.status.state;
    // If no call started it recently, a service that is still starting hangs.
    let is_starting = state == RunState::Starting && !pull && coolify.is_start_recent(service);
    let permit = if is_starting { None } else { coolify.permit_start(service, pull, read_at) };
    let Some(permit) = permit else {
        if let Some(place) = place {
            place.give_back().await;
        }
        return Ok(StartEffect::Skipped);
    };
    // Before anything is changed.
    coolify.check_file(service).await?;
    start_preconditions::check_finished(cx, service).await?;
    start_preconditions::check_file(cx, coolify, service).await?;
    check_service_images(cx, service).await?;
    let place = match place {
        Some(place) => place,
        None => match coolify.service_start(service, pull).await? {
            StartTurn::Now(place) => place,
            StartTurn::Waits(waiting) => return Ok(StartEffect::Waits(waiting)),
        },
    };
    let parsed = generated_hosts::replace_before_start(cx, coolify, service).await?;
    if parsed.compose() != service.compose() {
        start_preconditions::check_file(cx, coolify, &parsed).await?;
    }
    generated_file_check::check_parsed(cx, coolify, &parsed).await?;
    let started = request_start(coolify, service, pull, restarts, place).await?;
    permit.note_accepted();
    Ok(started)
}

async fn request_start(
    coolify: &Coolify,
    service: &Owned<Service>,
    pull: bool,
    restarts: bool,
    place: StartPlace,
) -> Result<StartEffect, Failure> {
    let is_down = service.status.state.runs_nothing();
    if is_down && !pull {
        let start = coolify.start_service(service, restarts, place).await?;
        return Ok(if start == StartOutcome::Queued {
            StartEffect::New
        } else {
            StartEffect::Skipped
        });
    }
    coolify.restart_service(service, pull, place).await?;
    Ok(if is_down { StartEffect::New } else { StartEffect::Restarted })
}
