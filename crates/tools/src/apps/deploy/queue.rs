//! Queueing a deployment of an application.

use covibe_coolify::{Application, Deploy};
use covibe_domain::Failure;
use covibe_domain::entities::{Deployment, DeploymentStatus};
use covibe_policy::Owned;
use covibe_workspace::Coolify;

use crate::apps::deployments::{MAX_DEPLOYMENTS, view};
use crate::apps::errors::skipped_deployment;

/// A deployment that was queued, or is in progress already.
pub(in crate::apps) struct Queued {
    /// The deployment.
    pub(in crate::apps) deployment: Deployment,
    /// Whether Coolify queued nothing, because this deployment was in progress.
    pub(in crate::apps) skipped: bool,
}

/// Queues a deployment.
///
/// # Errors
///
/// Conflict if Coolify skipped the deployment although the application has none.
pub(in crate::apps) async fn queue(
    coolify: &Coolify,
    app: &Owned<Application>,
    force: bool,
) -> Result<Queued, Failure> {
    if let Deploy::Queued(uuid) = coolify.deploy(app, force).await? {
        let status = DeploymentStatus::Queued;
        let deployment =
            Deployment { uuid, status, commit: None, created_at: None, finished_at: None };
        return Ok(Queued { deployment, skipped: false });
    }
    // Coolify never stored the uuid of a skipped answer. The deployment that it means is in progress,
    // or has just ended.
    let recent = coolify.deployments(app, MAX_DEPLOYMENTS).await?;
    let recent: Vec<_> = recent.into_iter().map(view).collect();
    let open = recent.iter().find(|each| each.status.is_open());
    let deployment = open.or(recent.first()).cloned().ok_or_else(skipped_deployment)?;
    Ok(Queued { deployment, skipped: true })
}
