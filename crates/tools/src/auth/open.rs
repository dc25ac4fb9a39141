//! `POST …/auth/{uuid}/open`.

use covibe_coolify::Service;
use covibe_domain::entities::WaitingStart;
use covibe_domain::{Failure, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, WaitingDeployment, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::{not_a_provider, not_first_visitors};
use super::next_steps::set_up_url;
use super::provider::{find, start};
use super::provider_answers;
use crate::queued_deployments::start_waits;

/// Start an auth provider whose first visitor becomes its administrator, so that the caller can be that visitor. Only
/// this call can start it for the first time.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct OpenAuth {
    uuid: ServiceUuid,
}

/// A provider that a person has opened.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OpenedAuthProvider")]
pub(crate) struct Opened {
    uuid: ServiceUuid,
    /// The page where the person becomes its administrator, once it runs.
    #[schemars(example = &"https://shop.mark.example.com/setup")]
    set_up_url: String,
    /// Its start while it waits in the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<WaitingStart>,
}

impl Operation<Workspace> for OpenAuth {
    const SPEC: Spec =
        Spec::write("auth.open", Route::post("/auth/{uuid}/open")).for_people().idempotent();

    type Output = Opened;

    async fn run(self, cx: &Workspace) -> Result<Opened, Failure> {
        let coolify = cx.coolify().await?;
        let (service, provider) = find(&coolify, &self.uuid).await?;
        let shown = provider_answers::provider(&service).ok_or_else(|| not_a_provider(&service))?;
        let (url, admin_url) = provider_answers::urls(&shown);
        let url = url.ok_or_else(|| not_first_visitors(&service.name))?;
        let set_up_url = set_up_url(provider, &url, admin_url.as_deref());
        let set_up_url = set_up_url.ok_or_else(|| not_first_visitors(&service.name))?;
        let waiting = open(&coolify, &service).await?;
        Ok(Opened { uuid: self.uuid, set_up_url, deployment: waiting.as_ref().map(start_waits) })
    }
}

/// Opens a provider, and starts it if it does not run. Repeated, it does what an earlier call left undone.
async fn open(
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<Option<WaitingDeployment>, Failure> {
    if coolify.service_runs(service).await? {
        coolify.open_provider(service).await?;
        return Ok(None);
    }
    // What can't even wait for its start is not opened.
    coolify.check_deployment_queue().await?;
    coolify.open_provider(service).await?;
    start(coolify, service, true).await.map_err(Failure::in_doubt)
}
