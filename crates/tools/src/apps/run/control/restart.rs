//! Starts and restarts of apps and auth providers by Coolify, with their current settings.

use std::time::Instant;

use covibe_coolify::{Application, Service};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Build, Coolify, Hosted, StartTurn, WaitingDeployment, Workspace};

use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::repository::repository_build::judge_last;
use crate::apps::run::deploy::{Queued, StartEffect, WantedStart, check_app_image, queue, start};
use crate::deployment_verdict::{self, Witness};
use crate::start_and_stop::{Action, ByCoolify, Control, StartResult, Turn, restart_database};

/// Starts the resources of `apps.control` by Coolify.
pub(super) struct Apps {
    /// The time at which the call began to read.
    pub(super) read_at: Instant,
}

impl ByCoolify for Apps {
    async fn start_again(&self, control: &Control<'_>, turn: Turn) -> Result<StartResult, Failure> {
        let Control { cx, coolify, .. } = control;
        // Boxed because the futures are large.
        match control.resource {
            Hosted::App(AnyApp::Application(app)) => {
                let Queued { deployment, .. } = Box::pin(redeploy(cx, coolify, app)).await?;
                drop(turn);
                let following = deployment_verdict::application(cx, coolify, app, &deployment.uuid);
                StartResult::from_outcome(Box::pin(following).await.1)
            }
            Hosted::App(AnyApp::Service(service)) => {
                let resource = Hosted::App(AnyApp::Service(service.clone()));
                let mut witness = Witness::before_start(cx, coolify, resource).await;
                let restarts = control.action == Action::Restart;
                let wanted =
                    WantedStart { read_at: self.read_at, pulls: false, restarts, place: None };
                let started = Box::pin(start(cx, coolify, service, wanted)).await?;
                drop(turn);
                match started {
                    StartEffect::Skipped => witness.note_late_start(),
                    StartEffect::Waits(waiting) => {
                        if let Some(told) = control.wait_for_place(waiting).await? {
                            return Ok(told);
                        }
                    }
                    StartEffect::New | StartEffect::Restarted => {}
                }
                StartResult::from_outcome(
                    Box::pin(deployment_verdict::start(cx, coolify, witness)).await,
                )
            }
            Hosted::Provider(service) => {
                let resource = Hosted::Provider(service.clone());
                let witness = Witness::before_start(cx, coolify, resource).await;
                let waiting = start_provider(coolify, service, control.action).await?;
                drop(turn);
                if let Some(waiting) = waiting
                    && let Some(told) = control.wait_for_place(waiting).await?
                {
                    return Ok(told);
                }
                StartResult::from_outcome(
                    Box::pin(deployment_verdict::start(cx, coolify, witness)).await,
                )
            }
            Hosted::Database(database) => Box::pin(restart_database(control, database, turn)).await,
        }
    }
}

/// Deploys an application as it was deployed last: the same commit with the current settings.
pub(in crate::apps) async fn redeploy(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<Queued, Failure> {
    if app.is_compose() {
        check_compose_repositories(cx)?;
    }
    let judged = if app.runs_image() { None } else { Some(judge_last(cx, coolify, app).await?) };
    let build = judged.as_ref().map_or(Build::Image, Build::Commit);
    check_app_image(cx, app).await?;
    queue(coolify, app, build, false).await
}

/// Starts an auth provider, whose file is that of its template. Returns the start if it waits for a place.
async fn start_provider(
    coolify: &Coolify,
    service: &Owned<Service>,
    action: Action,
) -> Result<Option<WaitingDeployment>, Failure> {
    let place = match coolify.service_start(service, false).await? {
        StartTurn::Now(place) => place,
        StartTurn::Waits(waiting) => return Ok(Some(waiting)),
    };
    if action == Action::Start {
        // Coolify may still take one for running that Docker stopped a moment ago.
        coolify.start_service(service, true, place).await?;
    } else {
        coolify.restart_service(service, false, place).await?;
    }
    Ok(None)
}
