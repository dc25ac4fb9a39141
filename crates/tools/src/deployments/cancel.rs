//! `deployments.cancel`.

use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cancel a queued deployment or start. 409 once it has begun: let it finish.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CancelDeployment {
    /// Its uuid, from apps.deployments or the call that queued it.
    uuid: DeploymentUuid,
}

/// A deployment after the call.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CancelledDeployment")]
pub(crate) struct Outcome {
    uuid: DeploymentUuid,
    /// The status of the deployment.
    status: DeploymentStatus,
    /// True if the call cancelled it.
    cancelled: bool,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<&'static str>,
}

impl Operation<Workspace> for CancelDeployment {
    const SPEC: Spec =
        Spec::write("deployments.cancel", Route::post("/deployments/{uuid}/cancel")).idempotent();

    type Output = Outcome;

    async fn run(self, cx: &Workspace) -> Result<Outcome, Failure> {
        let coolify = cx.coolify().await?;
        if let Some(start) = coolify.queued_start(&self.uuid).await? {
            return self.cancel_start(&coolify, start.status).await;
        }
        let (before, _) = coolify.deployment(&self.uuid).await?;
        if !before.status.is_open() {
            return Ok(Outcome::new(self.uuid, before.status, false));
        }
        let outcome = coolify.cancel_deployment(&before).await;
        // 4.1 cancels a deployment and answers 500.
        let (after, _) = coolify.deployment(&self.uuid).await.map_err(Failure::in_doubt)?;
        match outcome {
            Err(failure) if after.status.is_open() => Err(failure),
            _ => {
                let cancelled = after.status == DeploymentStatus::Cancelled;
                Ok(Outcome::new(self.uuid, after.status, cancelled))
            }
        }
    }
}

impl CancelDeployment {
    /// Cancels the start of a database, compose app or auth provider. One that has begun is not a deployment to Coolify.
    async fn cancel_start(
        self,
        coolify: &Coolify,
        status: DeploymentStatus,
    ) -> Result<Outcome, Failure> {
        if !status.is_open() {
            return Ok(Outcome::new(self.uuid, status, false));
        }
        if coolify.cancel_waiting(&self.uuid).await? {
            return Ok(Outcome::new(self.uuid, DeploymentStatus::Cancelled, true));
        }
        Err(Failure::conflict("The start has begun, and Coolify cannot cancel it.")
            .hint("Stop what was started with apps.control or databases.control."))
    }
}

impl Outcome {
    fn new(uuid: DeploymentUuid, status: DeploymentStatus, cancelled: bool) -> Self {
        let hint = match status {
            _ if cancelled => None,
            status if status.is_open() => Some(
                "Coolify accepted the cancellation, but the deployment has not ended. Check again with apps.deployments \
                 in a minute.",
            ),
            _ => Some("It had already ended."),
        };
        Self { uuid, status, cancelled, hint }
    }
}
