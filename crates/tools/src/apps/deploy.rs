//! `apps.deploy`.

use covibe_coolify::{Application, Deploy};
use covibe_domain::entities::{Deployment, DeploymentStatus};
use covibe_domain::{AppUuid, Failure};
use covibe_policy::Owned;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deployments::{RECENT, view};
use crate::context::{Coolify, Workspace};
use crate::operation::{Operation, Route, Spec};

/// Start a deployment of an app. Returns at once; poll apps.deployments until finished or failed.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeployApp {
    uuid: AppUuid,
    /// Rebuild without cache.
    #[serde(default)]
    force: Option<bool>,
}

/// The deployment that was queued, or the one that runs already.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployed {
    #[serde(flatten)]
    deployment: Deployment,
    /// Whether nothing was queued, because this deployment of the same commit was under way.
    skipped: bool,
}

impl Deployed {
    /// The deployment alone.
    pub(super) fn into_deployment(self) -> Deployment {
        self.deployment
    }
}

impl Operation for DeployApp {
    const SPEC: Spec = Spec::write("apps.deploy", Route::post("/apps/{uuid}/deploy"));

    type Output = Deployed;

    async fn run(self, cx: &Workspace) -> Result<Deployed, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.application(&self.uuid).await?;
        deploy(&coolify, &app, self.force.unwrap_or_default()).await
    }
}

/// Queues a deployment, and tells a queued one from one that Coolify skipped.
pub(super) async fn deploy(
    coolify: &Coolify,
    app: &Owned<Application>,
    force: bool,
) -> Result<Deployed, Failure> {
    if let Deploy::Queued(uuid) = coolify.deploy(app, force).await? {
        let status = DeploymentStatus::Queued;
        let deployment =
            Deployment { uuid, status, commit: None, created_at: None, finished_at: None };
        return Ok(Deployed { deployment, skipped: false });
    }
    // The uuid in a skipped answer was never stored: the one that is meant is under way, or was a
    // moment ago.
    let recent: Vec<_> = coolify.deployments(app, RECENT).await?.into_iter().map(view).collect();
    let under_way = recent.iter().find(|each| each.status.is_open());
    let deployment = under_way.or(recent.first()).cloned().ok_or_else(|| {
        Failure::conflict("Coolify skipped the deployment, and none is under way.")
            .hint("Retry with force: true.")
    })?;
    Ok(Deployed { deployment, skipped: true })
}
