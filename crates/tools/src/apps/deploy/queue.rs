//! Queueing a deployment of an application.

use covibe_coolify::{Application, Deploy, Deployment};
use covibe_domain::entities::{self, DeploymentStatus};
use covibe_domain::{AppUuid, DeploymentUuid, Failure};
use covibe_policy::Owned;
use covibe_workspace::{Build, Coolify, DeploymentPlace};

use crate::apps::deployments::{MAX_DEPLOYMENTS, view};
use crate::apps::errors::skipped_deployment;

/// How often a deployment is requested that Coolify skips although none is under way: the one that it
/// skipped it for may have ended meanwhile.
const ATTEMPTS: usize = 2;

/// A deployment that was queued, or is in progress already.
pub(in crate::apps) struct Queued {
    /// The deployment.
    pub(in crate::apps) deployment: entities::Deployment,
    /// Whether Coolify queued nothing, because of this deployment.
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

/// Queues a deployment. It replaces those of the application that still wait: it has everything that
/// they would have, and at most one of an application waits. `place` is the one that was taken before this
/// call created the application.
///
/// # Errors
///
/// Limited if the tenant has used its share of the deployments under way or of the queue. Conflict if
/// Coolify skips the deployment although the application has none under way.
pub(in crate::apps) async fn queue(
    coolify: &Coolify,
    app: &Owned<Application>,
    build: Build<'_>,
    force: bool,
    place: Option<DeploymentPlace>,
) -> Result<Queued, Failure> {
    coolify.check_build(app, build).await?;
    let _turn = coolify.deployment_turn().await;
    let own = match &place {
        Some(_) => Vec::new(),
        None => own_under_way(coolify, app).await?,
    };
    for _ in 0..ATTEMPTS {
        match coolify.deploy(app, build, force).await? {
            Deploy::Queued(uuid) => {
                cancel_queued(coolify, &own, |_| true).await;
                return Ok(Queued { deployment: new(uuid), skipped: false });
            }
            Deploy::Skipped => {
                if let Some(deployment) = stand_in(coolify, app, build).await? {
                    return Ok(Queued { deployment: view(deployment), skipped: true });
                }
            }
        }
    }
    Err(skipped_deployment())
}

/// Returns the deployments of the application that are under way, if there is a place for another one of it.
async fn own_under_way(
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<Vec<Deployment>, Failure> {
    let under_way = coolify.tenants_deployments().await?;
    let is_own = |each: &Deployment| each.link.application.as_ref() == Some(&app.uuid);
    let (own, others): (Vec<_>, Vec<_>) = under_way.into_iter().partition(is_own);
    // A deployment of an application waits until its last one has ended, and takes no other place.
    if own.is_empty() {
        coolify.check_deployment_share(&others)?;
    }
    Ok(own)
}

/// Cancels those of these deployments that still wait.
async fn cancel_queued(
    coolify: &Coolify,
    deployments: &[Deployment],
    is_replaced: impl Fn(&Deployment) -> bool,
) {
    let is_queued = |each: &&Deployment| each.status == DeploymentStatus::Queued;
    for replaced in deployments.iter().filter(is_queued).filter(|each| is_replaced(each)) {
        // One that has begun meanwhile is left alone: two of one application do no harm.
        let _ended = coolify.cancel_deployment(replaced).await;
    }
}

/// A deployment that was queued just now.
fn new(uuid: DeploymentUuid) -> entities::Deployment {
    let status = DeploymentStatus::Queued;
    let (commit, message, created_at, finished_at) = (None, None, None, None);
    entities::Deployment { uuid, status, commit, message, created_at, finished_at }
}

/// Returns the deployment that a skipped one was skipped for; `None` if none is under way any more.
///
/// Coolify skips for one of the same commit that waits or is in progress (4.0.0-beta.461 to 4.3.11), and
/// never stored the uuid of a skipped answer. Of several, the one that begins last has most of the changes.
/// Those of other commits that wait are cancelled: they would replace the commit that is wanted now.
async fn stand_in(
    coolify: &Coolify,
    app: &Owned<Application>,
    build: Build<'_>,
) -> Result<Option<Deployment>, Failure> {
    let wanted = match build {
        Build::Image => None,
        Build::Commit(judged) => Some(judged.source().commit.as_str()),
    };
    let mut open = coolify.deployments(app, MAX_DEPLOYMENTS).await?;
    open.retain(|each| each.status.is_open());
    let is_other = |each: &Deployment| each.commit.as_deref() != wanted;
    let queued = |each: &&Deployment| each.status == DeploymentStatus::Queued;
    let same = || open.iter().filter(|each| !is_other(each));
    let Some(found) = same().find(queued).or_else(|| same().next()) else {
        // A Coolify that builds whatever is on the branch does not store the commit that is wanted.
        return Ok(open.iter().rev().find(queued).or(open.first()).cloned());
    };
    cancel_queued(coolify, &open, is_other).await;
    Ok(Some(found.clone()))
}
