//! How Coolify starts apps and auth providers, or starts them again with their present settings.

use std::time::Instant;

use covibe_coolify::{Application, Service, Start};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Build, Coolify, Hosted, Workspace};

use crate::apps::compose_repositories::check_compose_repositories;
use crate::apps::deploy::{Queued, Started, queue, start};
use crate::apps::repository_build::judge_last;
use crate::apps::verdict::{self, Outcome, Witness};
use crate::control::{Action, ByCoolify, Control, Told, Turn, rejected, restart_database};

/// How Coolify starts what `apps.control` is about.
pub(super) struct Apps {
    /// When the call began to read.
    pub(super) read_at: Instant,
}

impl ByCoolify for Apps {
    async fn start_again(&self, control: &Control<'_>, turn: Turn) -> Result<Told, Failure> {
        let Control { cx, coolify, .. } = control;
        // Boxed because the futures are large.
        match control.resource {
            Hosted::App(AnyApp::Application(app)) => {
                let Queued { deployment, .. } = Box::pin(redeploy(cx, coolify, app)).await?;
                drop(turn);
                let following = verdict::application(cx, coolify, app, &deployment.uuid);
                told(Box::pin(following).await.1)
            }
            Hosted::App(AnyApp::Service(service)) => {
                let resource = Hosted::App(AnyApp::Service(service.clone()));
                let mut witness = Witness::before(cx, coolify, resource).await;
                let started = Box::pin(start(cx, coolify, service, self.read_at, false)).await?;
                drop(turn);
                if started == Started::Skipped {
                    witness.is_late();
                }
                told(Box::pin(verdict::service(cx, coolify, service, witness)).await)
            }
            Hosted::Provider(service) => {
                let resource = Hosted::Provider(service.clone());
                let witness = Witness::before(cx, coolify, resource).await;
                start_provider(coolify, service, control.action).await?;
                drop(turn);
                told(Box::pin(verdict::service(cx, coolify, service, witness)).await)
            }
            Hosted::Database(database) => Box::pin(restart_database(control, database, turn)).await,
        }
    }
}

/// Deploys an application as it was deployed last: the same commit with the present settings.
async fn redeploy(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<Queued, Failure> {
    if app.is_compose() {
        check_compose_repositories(cx)?;
    }
    let judged = if app.runs_image() { None } else { Some(judge_last(cx, coolify, app).await?) };
    let build = judged.as_ref().map_or(Build::Image, Build::Commit);
    queue(coolify, app, build, false).await
}

/// Starts an auth provider, whose file is that of its template.
async fn start_provider(
    coolify: &Coolify,
    service: &Owned<Service>,
    action: Action,
) -> Result<(), Failure> {
    // Coolify may still take one for running that docker stopped a moment ago.
    let mut place = coolify.service_start_place(service).await?;
    if action == Action::Start {
        if coolify.start_service(service, place).await? == Start::Queued {
            return Ok(());
        }
        place = coolify.service_start_place(service).await?;
    }
    coolify.restart_service(service, false, place).await
}

fn told(outcome: Outcome) -> Result<Told, Failure> {
    let (is_up, is_rejected) = (outcome.is_up(), outcome.is_rejected());
    let (reason, next) = outcome.told();
    if is_rejected {
        return Err(rejected(reason, next));
    }
    Ok(Told { is_up, warning: (!is_up).then_some(reason), next: Some(next) })
}
