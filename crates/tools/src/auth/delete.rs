//! `auth.delete`.

use covibe_domain::{Failure, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::confirm;
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::provider::{KIND, find};
use crate::deletion::{self, Deletion, MAX_CONFIRM, WithVolumes};

/// The tool that returns a provider.
const GET: &str = "auth.get";

/// Delete an auth provider. Its volumes (the users) are kept unless
/// volumes is delete.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteAuth {
    uuid: ServiceUuid,
    /// Its exact name.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
    #[serde(default)]
    #[schemars(title = "The folders that outlast deployments.")]
    volumes: Option<WithVolumes>,
}

impl Operation<Workspace> for DeleteAuth {
    const SPEC: Spec = Spec::destroy("auth.delete", Route::delete("/auth/{uuid}"));

    type Output = Deletion;

    async fn run(self, cx: &Workspace) -> Result<Deletion, Failure> {
        let coolify = cx.coolify().await?;
        let (service, _) = find(&coolify, &self.uuid).await?;
        confirm(self.confirm.as_deref(), &service.name, GET)?;
        coolify.check_host_of_service(&service).await?;
        let volumes = deletion::volumes(self.volumes);
        coolify.delete_service(&service, volumes).await?;
        cx.journal()
            .forget(KIND, &service.name, service.uuid.as_str())
            .await
            .map_err(Failure::in_doubt)?;
        let gone = deletion::follow(cx, || coolify.has_service(&service)).await;
        Ok(Deletion::new(&self.uuid, gone, volumes, Some(true), GET))
    }
}
