//! `POST /api/workspaces`.

use covibe_domain::entities::{ApiKey, WorkspaceSummary};
use covibe_domain::{Failure, Revealed};
use covibe_identity::KeyRequest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::summary;
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// Create a workspace in the key's tenant, provision it and mint its first key, which is shown
/// this once. Needs a key of scope tenant. Repeating the call goes on with that workspace, and
/// mints another key.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CreateWorkspace {
    /// 3 to 32 of a-z, 0-9 and single hyphens, from a letter on; unique among all tenants.
    #[schemars(length(min = 3, max = 32), regex(pattern = r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"))]
    slug: String,
    /// What to call it; without it, the slug.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
}

/// The workspace, and its first key.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Created {
    #[serde(flatten)]
    workspace: WorkspaceSummary,
    key: FirstKey,
}

#[derive(Serialize, JsonSchema)]
struct FirstKey {
    #[serde(flatten)]
    key: ApiKey,
    token: Revealed,
}

impl Operation for CreateWorkspace {
    const SPEC: Spec = Spec::write("workspaces.create", Route::post("/api/workspaces"))
        .rest_only()
        .early()
        .creates();

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        let slug: covibe_domain::Slug = self.slug.parse().map_err(|invalid| {
            Failure::invalid(format!("slug: {invalid}.")).hint("Choose another slug.")
        })?;
        let tenancy = cx.tenancy();
        let name = self.name.unwrap_or_else(|| slug.to_string());
        let record = tenancy.found(slug, &name).await?;
        // The workspace is there whatever comes of this; its status and hint tell.
        if let Err(failure) = tenancy.provision(&record).await {
            tracing::warn!(error = %failure, workspace = %record.id, "not provisioned yet");
        }
        let request = KeyRequest { name: Some("first key".to_owned()), ..KeyRequest::default() };
        let minted = tenancy.mint(&record, request).await?;
        let workspace = summary(cx, tenancy.described(&record).await?);
        let key = FirstKey { key: minted.key, token: Revealed::new(minted.token) };
        Ok(Created { workspace, key })
    }
}
