//! Queueing a deployment of an application.

use covibe_coolify::Application;
use covibe_domain::entities::{self, DeploymentStatus};
use covibe_domain::{AppUuid, DeploymentUuid, Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{
    Accepted, AnyApp, Build, Claimed, Coolify, QueueWorker, Waiting, Workspace,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::apps::compose_repositories::check_compose_repositories;
use crate::apps::deployments::view;
use crate::apps::repository_build::{judge_at, judge_next};

/// A deployment that was queued, or is in progress already.
pub(in crate::apps) struct Queued {
    /// The deployment.
    pub(in crate::apps) deployment: entities::Deployment,
    /// Whether nothing was queued, because of this deployment.
    pub(in crate::apps) skipped: bool,
}

impl Queued {
    /// Returns a warning if this deployment may lack changes that were made before the call.
    pub(in crate::apps) fn warning(&self, app: &AppUuid) -> Option<String> {
        let began = self.skipped && self.deployment.status != DeploymentStatus::Queued;
        began.then(|| {
            format!(
                "The deployment began before this call, so changes made meanwhile may not be in it: once \
                 it has ended, call apps.deploy {{\"uuid\":\"{app}\"}} again"
            )
        })
    }
}

/// Queues a deployment. It replaces one of the application that waits: it has everything that that would have.
///
/// # Errors
///
/// Limited if as many deployments of the tenant wait as may.
pub(in crate::apps) async fn queue(
    coolify: &Coolify,
    app: &Owned<Application>,
    build: Build<'_>,
    force: bool,
) -> Result<Queued, Failure> {
    coolify.check_build(app, build).await?;
    let _turn = coolify.deployment_turn().await;
    Ok(match coolify.enqueue(app, build, force).await? {
        Accepted::Begun(uuid) => Queued { deployment: queued(uuid), skipped: false },
        Accepted::Waits(waiting) => Queued { deployment: waits(waiting), skipped: false },
        Accepted::Same(deployment) => Queued { deployment: view(deployment), skipped: true },
    })
}

/// A deployment that was queued just now.
fn queued(uuid: DeploymentUuid) -> entities::Deployment {
    entities::Deployment::new(uuid, DeploymentStatus::Queued)
}

/// A deployment that waits for a place.
fn waits(waiting: Waiting) -> entities::Deployment {
    entities::Deployment {
        position: Some(waiting.position),
        ahead: Some(waiting.ahead()),
        commit: waiting.commit,
        created_at: Some(waiting.asked_at),
        ..queued(waiting.uuid)
    }
}

/// The hand-over of deployments that waited, by the way of `apps.deploy`.
#[derive(Clone, Copy, Debug)]
pub struct Deployments;

impl QueueWorker for Deployments {
    fn hand_over(
        &self,
        cx: Workspace,
        claimed: Claimed,
    ) -> BoxFuture<'static, Result<(), Failure>> {
        async move { hand_over(&cx, &claimed).await }.boxed()
    }
}

/// Judges what a deployment builds as it is now, and hands it over.
async fn hand_over(cx: &Workspace, claimed: &Claimed) -> Result<(), Failure> {
    let (coolify, queued) = (cx.coolify().await?, &claimed.queued);
    let _source = coolify.source_turn(&queued.app).await;
    let app = match coolify.app(&queued.app).await {
        Ok(AnyApp::Application(app)) => app,
        Ok(AnyApp::Service(_)) => return Err(gone()),
        Err(failure) if failure.kind == Kind::NotFound => return Err(gone()),
        Err(failure) => return Err(failure),
    };
    // The operator may have taken the leave back while it waited.
    if app.is_compose() {
        check_compose_repositories(cx)?;
    }
    let judged = match &queued.commit {
        _ if app.runs_image() => None,
        Some(commit) => Some(judge_at(cx, &coolify, &app, (commit, queued.follows_branch)).await?),
        None => Some(judge_next(cx, &coolify, &app).await?),
    };
    let build = judged.as_ref().map_or(Build::Image, Build::Commit);
    let _turn = coolify.deployment_turn().await;
    coolify.hand_over(&app, build, claimed).await.map(drop)
}

/// The app was deleted while its deployment waited.
fn gone() -> Failure {
    Failure::conflict("The app was deleted while the deployment waited.")
}
