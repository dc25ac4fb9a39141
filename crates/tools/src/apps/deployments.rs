//! `apps.deployments`.

use covibe_domain::entities::Deployment;
use covibe_domain::{AppUuid, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// How many of the newest deployments are listed.
pub(super) const RECENT: u32 = 20;

/// List an app's newest deployments. finished means built and started: check apps.get for health;
/// on failed, read deployments.logs.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListDeployments {
    uuid: AppUuid,
}

/// The newest deployments first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Deployments {
    deployments: Vec<Deployment>,
}

impl Operation for ListDeployments {
    const SPEC: Spec = Spec::read("apps.deployments", Route::get("/apps/{uuid}/deployments"));

    type Output = Deployments;

    async fn run(self, cx: &Workspace) -> Result<Deployments, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.application(&self.uuid).await?;
        let deployments = coolify.deployments(&app, RECENT).await?;
        Ok(Deployments { deployments: deployments.into_iter().map(view).collect() })
    }
}

/// Projects a deployment.
pub(super) fn view(from: covibe_coolify::Deployment) -> Deployment {
    let covibe_coolify::Deployment { uuid, status, commit, created_at, finished_at, .. } = from;
    Deployment { uuid, status, commit, created_at, finished_at }
}
