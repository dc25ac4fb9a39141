//! Queueing a deployment of an application.

use covibe_coolify::{Application, Deploy, Deployment};
use covibe_domain::Failure;
use covibe_domain::entities::{self, DeploymentStatus};
use covibe_policy::Owned;
use covibe_workspace::{Build, Coolify, Workspace};

use crate::apps::deployments::{MAX_DEPLOYMENTS, view};
use crate::apps::errors::{full_share, skipped_deployment};

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
/// Limited if the tenant has used its share of the queue. Conflict if Coolify skipped the
/// deployment although the application has none.
pub(in crate::apps) async fn queue(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    build: Build<'_>,
    force: bool,
) -> Result<Queued, Failure> {
    let waiting = coolify.queued_deployments().await?;
    let is_own = |each: &Deployment| each.link.application.as_ref() == Some(&app.uuid);
    let (own, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_own);
    let share = cx.settings().max_queued_deployments;
    if own.is_empty() && others.len() >= share {
        return Err(full_share(share));
    }
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
