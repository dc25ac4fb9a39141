//! `apps.deployments`.

use covibe_domain::entities::{Deployment, DeploymentStatus};
use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apps::repository::followed_branch::push_rules::first_line;
use crate::container_access::framed_message;

/// The maximum number of deployments in an answer, the newest first.
pub(super) const MAX_DEPLOYMENTS: u32 = 20;

/// List an app's newest deployments. finished means built and started: check apps.get for health;
/// on failed, read deployments.logs.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListDeployments {
    uuid: AppUuid,
}

/// The newest deployments first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Deployments {
    /// The deployments, newest first.
    deployments: Vec<Deployment>,
    /// The reason why the list is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<&'static str>,
}

/// The hint for a compose app.
const COMPOSE_APP: &str = "A compose app has no deployments: apps.get returns the status of its \
    containers, and apps.deploy restarts them.";

/// The hint for an application without deployments.
const NEVER_DEPLOYED: &str = "The app was never deployed: call apps.deploy.";

impl Operation<Workspace> for ListDeployments {
    const SPEC: Spec = Spec::read("apps.deployments", Route::get("/apps/{uuid}/deployments"));

    type Output = Deployments;

    async fn run(self, cx: &Workspace) -> Result<Deployments, Failure> {
        let Some(deployments) = cx.deployments(&self.uuid, MAX_DEPLOYMENTS).await? else {
            return Ok(Deployments { deployments: Vec::new(), hint: Some(COMPOSE_APP) });
        };
        let mut deployments: Vec<_> = deployments.into_iter().map(view).collect();
        tell_messages(cx, &self.uuid, &mut deployments).await?;
        tell_positions(cx, &mut deployments).await?;
        let hint = deployments.is_empty().then_some(NEVER_DEPLOYED);
        Ok(Deployments { deployments, hint })
    }
}

/// Adds the messages of the commits, as far as they are on the branch that the app follows.
async fn tell_messages(
    cx: &Workspace,
    app: &AppUuid,
    deployments: &mut [Deployment],
) -> Result<(), Failure> {
    if deployments.iter().all(|each| each.commit.is_none()) {
        return Ok(());
    }
    let Some(branch) = cx.following().for_app(app).await? else { return Ok(()) };
    let messages = cx.messages(&branch).await;
    for each in deployments {
        let message = each.commit.as_ref().and_then(|commit| messages.get(commit));
        let line = message.map(|text| first_line(text)).filter(|line| !line.is_empty());
        each.message = line.map(|line| framed_message(cx.client().reader, &line));
    }
    Ok(())
}

/// Adds the positions of deployments that wait for a place.
async fn tell_positions(cx: &Workspace, deployments: &mut [Deployment]) -> Result<(), Failure> {
    let waits =
        |each: &&mut Deployment| each.uuid.is_queued() && each.status == DeploymentStatus::Queued;
    for each in deployments.iter_mut().filter(waits) {
        if let Some(waiting) = cx.coolify().await?.waiting(&each.uuid).await? {
            (each.position, each.ahead) = (Some(waiting.position), Some(waiting.count_ahead()));
        }
    }
    Ok(())
}

/// Converts a deployment.
pub(in crate::apps) fn view(from: covibe_coolify::Deployment) -> Deployment {
    let covibe_coolify::Deployment { uuid, status, commit, created_at, finished_at, .. } = from;
    Deployment { commit, created_at, finished_at, ..Deployment::new(uuid, status) }
}
