//! Queues deployments of applications, and hands over those that waited.

use std::time::Instant;

use covibe_coolify::Application;
use covibe_domain::entities::{self, DeploymentStatus};
use covibe_domain::{AppUuid, Deployable, DeploymentUuid, Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{
    AnyApp, Build, ClaimedDeployment, Coolify, EnqueueOutcome, Hosted, QueueWorker, Workspace,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::compose_app_start::{WantedStart, start};
use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::repository::repository_build::{judge_at, judge_next};
use crate::apps::run::deployments::view;
use crate::queued_deployments::waits;

/// A deployment that was queued, or is in progress already.
pub(in crate::apps) struct Queued {
    /// The deployment.
    pub(in crate::apps) deployment: entities::Deployment,
    /// True if nothing was queued, because of this deployment.
    pub(in crate::apps) skipped: bool,
}

impl Queued {
    /// Returns a warning if this deployment may lack changes that were made before the call.
    pub(in crate::apps) fn warning(&self, app: &AppUuid) -> Option<String> {
        let began = self.skipped && self.deployment.status != DeploymentStatus::Queued;
        began.then(|| {
            format!(
                "The deployment began before this call, so it may not include changes made in the \
                 meantime: once it has ended, call apps.deploy {{\"uuid\":\"{app}\"}} again"
            )
        })
    }
}

/// Queues a deployment. It replaces one of the application that waits, because it contains everything that the other
/// would.
///
/// # Errors
///
/// Limited if the tenant has the maximum number of waiting deployments.
pub(in crate::apps) async fn queue(
    coolify: &Coolify,
    app: &Owned<Application>,
    build: Build<'_>,
    force: bool,
) -> Result<Queued, Failure> {
    coolify.check_build(app, build).await?;
    let _turn = coolify.deployment_turn().await;
    Ok(match coolify.enqueue(app, build, force).await? {
        EnqueueOutcome::Begun(uuid) => {
            Queued { deployment: new_queued_deployment(uuid), skipped: false }
        }
        EnqueueOutcome::Waits(waiting) => Queued { deployment: waits(waiting), skipped: false },
        EnqueueOutcome::Same(deployment) => Queued { deployment: view(deployment), skipped: true },
    })
}

/// Creates a deployment that was queued just now.
fn new_queued_deployment(uuid: DeploymentUuid) -> entities::Deployment {
    entities::Deployment::new(uuid, DeploymentStatus::Queued)
}

/// Hands over deployments and starts that waited, in the same way as `apps.deploy`.
#[derive(Clone, Copy, Debug)]
pub struct Deployments;

impl QueueWorker for Deployments {
    fn hand_over(
        &self,
        cx: Workspace,
        claimed: ClaimedDeployment,
    ) -> BoxFuture<'static, Result<(), Failure>> {
        async move { hand_over(&cx, &claimed).await }.boxed()
    }
}

/// Judges a deployment or start by the current state, and hands it over.
async fn hand_over(cx: &Workspace, claimed: &ClaimedDeployment) -> Result<(), Failure> {
    let coolify = cx.coolify().await?;
    let handed = match &claimed.queued.resource {
        Deployable::Application(app) => deploy(cx, &coolify, app, claimed).await,
        Deployable::Service(_) | Deployable::Database(_) => begin(cx, &coolify, claimed).await,
    };
    handed.map_err(
        |failure| if failure.kind == Kind::NotFound { deleted_while_waiting() } else { failure },
    )
}

/// Judges the code that a deployment builds now, and hands it over.
async fn deploy(
    cx: &Workspace,
    coolify: &Coolify,
    uuid: &AppUuid,
    claimed: &ClaimedDeployment,
) -> Result<(), Failure> {
    let queued = &claimed.queued;
    let _source = coolify.source_turn(uuid).await;
    let AnyApp::Application(app) = coolify.app(uuid).await? else {
        return Err(deleted_while_waiting());
    };
    // The operator may have withdrawn the permission while it waited.
    if app.is_compose() {
        check_compose_repositories(cx)?;
    }
    let judged = match &queued.commit {
        _ if app.runs_image() => None,
        Some(commit) => {
            let commit = (commit.as_str(), queued.follows_branch);
            Some(judge_at(cx, coolify, &app, commit, &queued.confirmed).await?)
        }
        None => Some(judge_next(cx, coolify, &app, &queued.confirmed).await?),
    };
    let build = judged.as_ref().map_or(Build::Image, Build::Commit);
    let _turn = coolify.deployment_turn().await;
    coolify.hand_over(&app, build, claimed).await.map(drop)
}

/// Starts a database, an auth provider or a compose app, whose current file is judged.
async fn begin(
    cx: &Workspace,
    coolify: &Coolify,
    claimed: &ClaimedDeployment,
) -> Result<(), Failure> {
    let (place, read_at) = (coolify.claimed_place(claimed).await?, Instant::now());
    let found = coolify.hosted(&claimed.queued.resource.uuid()).await?;
    let runs = runs_or_starts(&found);
    if claimed.is_left && runs {
        // A process that was killed has requested it.
        place.give_back().await;
        return Ok(());
    }
    match &found {
        Hosted::App(AnyApp::Application(_)) => Err(deleted_while_waiting()),
        Hosted::App(AnyApp::Service(service)) => {
            let pulls = claimed.queued.is_forced;
            let wanted = WantedStart { read_at, pulls, restarts: false, place: Some(place) };
            start(cx, coolify, service, wanted).await.map(drop)
        }
        Hosted::Provider(service) => coolify.start_service(service, true, place).await.map(drop),
        Hosted::Database(database) => coolify.start_database(database, runs, place).await,
    }
}

/// Returns whether a resource runs or starts, as far as Coolify reports it.
fn runs_or_starts(found: &Hosted) -> bool {
    let state = match found {
        Hosted::App(AnyApp::Application(app)) => app.status.state,
        Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => service.status.state,
        Hosted::Database(database) => database.status.state,
    };
    !state.runs_nothing()
}

/// The resource was deleted while it waited.
fn deleted_while_waiting() -> Failure {
    Failure::conflict("It was deleted while it waited in the queue.")
}
