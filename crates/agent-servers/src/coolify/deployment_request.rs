//! The outcome of a deployment request, and the uuid that two tools take.

use covibe_coolify::{Application, DeployOutcome};
use covibe_domain::entities::Deployment;
use covibe_domain::{AppUuid, DeploymentUuid, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer_types;
use super::context::CoolifyContext;

/// The number of deployments that are looked through for one that is under way.
const LOOKED_THROUGH: u32 = 10;

/// The application's uuid, from list_applications or list_all_apps.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, example = &"vgsco4occ8ksgsc4s8ck4kco")]
pub(super) struct ApplicationUuid(#[schemars(length(min = 1, max = 64))] String);

impl ApplicationUuid {
    /// Parses it.
    ///
    /// # Errors
    ///
    /// It has not the form of a uuid of Coolify's, such as a name.
    pub(super) fn parse(&self) -> Result<AppUuid, Failure> {
        self.0.trim().parse().map_err(|_| {
            Failure::invalid("`application_uuid` must be 7 to 36 characters of a-z and 0-9.").hint(
                "list_all_apps lists the applications with their uuids; deploy_app takes a name.",
            )
        })
    }
}

/// Coolify's answer to a deployment request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeployRequestResult {
    uuid: AppUuid,
    name: String,
    /// `queued`, or `already_queued` if a deployment of the same commit waits.
    outcome: &'static str,
    /// The uuid that Coolify returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_uuid: Option<DeploymentUuid>,
    /// The deployment, if it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<Deployment>,
    /// An explanation of the outcome.
    note: &'static str,
}

/// The note if the new deployment could be read.
const SEEN: &str = "It is not done yet: get_app_status shows how it ends.";

/// The note if Coolify answered a uuid but does not show the deployment.
const UNSEEN: &str = "Coolify accepted the request, but its deployment was not seen yet: \
                      get_app_status shows whether it appears.";

/// The note if a deployment of the same commit waits.
const WAITING: &str = "Coolify did not queue another: the deployment shown is under way.";

/// The note if Coolify mentions a deployment that it does not list.
const NONE_WAITING: &str = "Coolify reports that a deployment of the same commit is queued, but \
                            none was seen: get_app_status shows the last one; deploy with force \
                            queues a new one.";

impl CoolifyContext {
    /// Deploys an application unless it is protected, and returns what was seen of it.
    pub(super) async fn request_deployment(
        &self,
        app: Application,
        force: bool,
    ) -> Result<DeployRequestResult, Failure> {
        let app = self.unprotected(app)?;
        let asked = self.deploy(&app, force).await.map_err(|failure| {
            let hint =
                "The request may have been accepted: check with get_app_status before you repeat \
                 the call.";
            if failure.is_in_doubt() { failure.hint(hint) } else { failure }
        })?;
        let (deployment_uuid, deployment) = match asked {
            DeployOutcome::Queued(uuid) => {
                let seen = self.deployment(&uuid).await.map(answer_types::deployment);
                (Some(uuid), seen)
            }
            // Coolify answers a uuid that it never stored.
            DeployOutcome::Skipped => (None, self.under_way(&app).await),
        };
        let is_queued = deployment_uuid.is_some();
        let note = match (is_queued, deployment.is_some()) {
            (true, true) => SEEN,
            (true, false) => UNSEEN,
            (false, true) => WAITING,
            (false, false) => NONE_WAITING,
        };
        let outcome = if is_queued { "queued" } else { "already_queued" };
        let (uuid, name) = (app.uuid.clone(), app.name.clone());
        Ok(DeployRequestResult { uuid, name, outcome, deployment_uuid, deployment, note })
    }

    async fn under_way(&self, app: &Application) -> Option<Deployment> {
        let newest = self.deployments(app, LOOKED_THROUGH).await.ok()?;
        newest.into_iter().find(|one| one.status.is_open()).map(answer_types::deployment)
    }
}
