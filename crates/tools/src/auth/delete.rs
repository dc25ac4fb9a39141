//! `auth.delete`.

use covibe_domain::{Failure, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::provider::{KIND, find};
use crate::deletion::{Deletion, DeletionRequest, MAX_CONFIRM, WithVolumes, delete, volumes};

/// The tool that returns a provider.
const GET: &str = "auth.get";

/// Delete an auth provider. Its volumes (the users) are kept by
/// default.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteAuth {
    uuid: ServiceUuid,
    /// The provider's exact name: without it, nothing is deleted.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
    /// `delete` removes the volumes, too. Default: they are kept.
    #[serde(default)]
    volumes: Option<WithVolumes>,
}

impl Operation<Workspace> for DeleteAuth {
    const SPEC: Spec = Spec::destroy("auth.delete", Route::delete("/auth/{uuid}"));

    type Output = Deletion;

    async fn run(self, cx: &Workspace) -> Result<Deletion, Failure> {
        let coolify = cx.coolify().await?;
        let request = DeletionRequest {
            uuid: self.uuid.as_str(),
            confirm: self.confirm.as_deref(),
            volumes: volumes(self.volumes),
            kind: KIND,
            get: GET,
        };
        let found = find(&coolify, &self.uuid).await.map(|(service, _)| Hosted::Provider(service));
        delete(cx, &coolify, request, found, async |_| Ok(None)).await
    }
}
