//! The deployments of an app that is to be deleted.

use std::time::Duration;

use covibe_coolify::{Application, Deployment};
use covibe_domain::Failure;
use covibe_domain::entities::DeploymentStatus;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use crate::apps::errors::deployment_in_progress;
use crate::deletion::follow;

/// A deployment that was queued longer ago and is still in progress has lost its worker, and ends only when
/// Coolify is started again.
const LOST_AFTER: Duration = Duration::from_hours(4);

/// Cancels the deployments of an app that wait, and waits for one that is in progress. Coolify deletes the
/// containers that there are when the deletion begins (4.3.11): one that a deployment starts later would
/// run on, with its domains, and nothing could stop it.
///
/// # Errors
///
/// Conflict if a deployment is still in progress at the end of the wait.
pub(in crate::apps) async fn end_deployments(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<(), Failure> {
    let is_under_way = || async { is_under_way(coolify, app).await };
    if is_under_way().await? && !follow(cx, is_under_way).await {
        return Err(deployment_in_progress(&app.uuid));
    }
    Ok(())
}

/// Returns whether a deployment of the app is under way. Those that wait are cancelled.
async fn is_under_way(coolify: &Coolify, app: &Owned<Application>) -> Result<bool, Failure> {
    let mut is_one_under_way = false;
    for deployment in coolify.deployments_under_way(app).await? {
        let is_cancelled = deployment.status == DeploymentStatus::Queued
            && coolify.cancel_deployment(&deployment).await.is_ok();
        is_one_under_way |= !is_cancelled && !is_lost(&deployment);
    }
    Ok(is_one_under_way)
}

pub(in crate::apps) fn is_lost(deployment: &Deployment) -> bool {
    deployment.created_at.is_some_and(|created| created.age() > LOST_AFTER)
}

#[cfg(test)]
mod tests {
    use covibe_domain::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deployment_in_progress_for_five_hours_counts_as_lost() {
        let deployment = |age: Duration| {
            let now = Timestamp::now().as_millis();
            let created = Timestamp::from_millis(now - i64::try_from(age.as_millis()).unwrap());
            let value = json!({ "deployment_uuid": "zg4cwgc44ogc08804000gggo",
                "status": "in_progress", "created_at": created.to_string() });
            serde_json::from_value::<Deployment>(value).unwrap()
        };
        assert!(is_lost(&deployment(Duration::from_hours(5))));
        assert!(!is_lost(&deployment(Duration::from_hours(3))));
    }
}
