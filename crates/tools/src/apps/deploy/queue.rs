//! Queueing a deployment of an application.

use covibe_coolify::{Application, Deploy, Deployment};
use covibe_domain::Failure;
use covibe_domain::entities::{self, DeploymentStatus};
use covibe_policy::Owned;
use covibe_workspace::{Build, Coolify, Workspace};

use crate::apps::deployments::{MAX_DEPLOYMENTS, view};
use crate::apps::errors::{full_running_share, full_share, skipped_deployment};

/// A deployment that was queued, or is in progress already.
pub(in crate::apps) struct Queued {
    /// The deployment.
    pub(in crate::apps) deployment: entities::Deployment,
    /// Whether Coolify queued nothing, because this deployment was in progress.
    pub(in crate::apps) skipped: bool,
}

/// Queues a deployment. It replaces those of the application that still wait: it has everything that
/// they would have, and at most one of an application waits.
///
/// # Errors
///
/// Limited if the tenant has used its share of the deployments in progress or of the queue. Conflict if Coolify skipped the
/// deployment although the application has none.
pub(in crate::apps) async fn queue(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    build: Build<'_>,
    force: bool,
) -> Result<Queued, Failure> {
    let _turn = coolify.deployment_turn().await;
    let under_way = coolify.tenants_deployments().await?;
    let is_own = |each: &Deployment| each.link.application.as_ref() == Some(&app.uuid);
    let (mut own, others): (Vec<_>, Vec<_>) = under_way.into_iter().partition(is_own);
    // A deployment of an application waits until its last one has ended, and takes no other place.
    if own.is_empty() {
        check_share(cx, &others)?;
    }
    own.retain(|each| each.status == DeploymentStatus::Queued);
    let Deploy::Queued(uuid) = coolify.deploy(app, build, force).await? else {
        return Ok(Queued { deployment: stand_in(coolify, app).await?, skipped: true });
    };
    for replaced in own {
        // It may have begun meanwhile. Two deployments of one application do no harm.
        let _ended = coolify.cancel_deployment(&replaced).await;
    }
    let status = DeploymentStatus::Queued;
    let deployment =
        entities::Deployment { uuid, status, commit: None, created_at: None, finished_at: None };
    Ok(Queued { deployment, skipped: false })
}

/// Checks that the tenant has fewer deployments in progress and in the queue than it may have.
fn check_share(cx: &Workspace, under_way: &[Deployment]) -> Result<(), Failure> {
    let count = |status| under_way.iter().filter(|each| each.status == status).count();
    let settings = cx.settings();
    if count(DeploymentStatus::InProgress) >= settings.max_running_deployments {
        return Err(full_running_share(settings.max_running_deployments));
    }
    if count(DeploymentStatus::Queued) >= settings.max_queued_deployments {
        return Err(full_share(settings.max_queued_deployments));
    }
    Ok(())
}

/// Returns the deployment that a skipped one was skipped for. Coolify never stored the uuid of a
/// skipped answer, and skips only for one that waits: the first in the queue, not one that was forced
/// behind it. It may have begun or ended meanwhile.
async fn stand_in(
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<entities::Deployment, Failure> {
    let recent = coolify.deployments(app, MAX_DEPLOYMENTS).await?;
    let recent: Vec<_> = recent.into_iter().map(view).collect();
    let queued = recent.iter().rev().find(|each| each.status == DeploymentStatus::Queued);
    let open = || recent.iter().find(|each| each.status.is_open());
    queued.or_else(open).or(recent.first()).cloned().ok_or_else(skipped_deployment)
}
