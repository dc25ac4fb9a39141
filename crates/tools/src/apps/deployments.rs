//! `apps.deployments`.

use covibe_domain::entities::Deployment;
use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
}

/// What there is instead of a service's deployments.
const OF_A_SERVICE: &str = "A compose app has no deployments: apps.get tells how its containers \
    are, and apps.deploy starts it again.";

/// What to do where there are none yet.
const NONE_YET: &str = "It was never deployed: call apps.deploy.";

impl Operation<Workspace> for ListDeployments {
    const SPEC: Spec = Spec::read("apps.deployments", Route::get("/apps/{uuid}/deployments"));

    type Output = Deployments;

    async fn run(self, cx: &Workspace) -> Result<Deployments, Failure> {
        let coolify = cx.coolify().await?;
        let AnyApp::Application(app) = coolify.app(&self.uuid).await? else {
            return Ok(Deployments { deployments: Vec::new(), hint: Some(OF_A_SERVICE) });
        };
        let deployments = coolify.deployments(&app, RECENT).await?;
        let deployments: Vec<_> = deployments.into_iter().map(view).collect();
        let hint = deployments.is_empty().then_some(NONE_YET);
        Ok(Deployments { deployments, hint })
    }
}

/// Projects a deployment.
pub(super) fn view(from: covibe_coolify::Deployment) -> Deployment {
    let covibe_coolify::Deployment { uuid, status, commit, created_at, finished_at, .. } = from;
    Deployment { uuid, status, commit, created_at, finished_at }
}
