//! `POST /api/workspaces`.

use covibe_domain::Failure;
use covibe_domain::entities::WorkspaceSummary;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{KeyRequest, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::invalid_slug;
use crate::keys::MintedKey;
use crate::resource_names::{VISIBLE, check_label};

/// Create a workspace in the key's tenant, provision it and mint its first key, which is shown
/// once and expires after 90 days. Needs a key of scope tenant. Repeating the call resumes that
/// workspace and mints another key.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CreateWorkspace {
    /// 3 to 32 characters: a-z, 0-9 and single hyphens, starting with a letter; unique among all tenants.
    #[schemars(length(min = 3, max = 32), regex(pattern = r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"))]
    #[schemars(extend("x-rule" = "of a-z, 0-9 and hyphens, beginning with a letter and ending without a hyphen, like mark"))]
    #[schemars(example = &"mark")]
    slug: String,
    /// A display name. Default: the slug.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), extend("x-pattern" = VISIBLE))]
    #[schemars(example = &"Mark")]
    name: Option<String>,
}

/// The workspace, and its first key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CreatedWorkspace")]
pub(crate) struct Created {
    #[serde(flatten)]
    workspace: WorkspaceSummary,
    /// The first key, which is shown once.
    key: MintedKey,
}

impl Operation<Workspace> for CreateWorkspace {
    const SPEC: Spec = Spec::write("workspaces.create", Route::post("/api/workspaces"))
        .rest_only()
        .early()
        .creates();

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        let slug: covibe_domain::Slug =
            self.slug.parse().map_err(|reason| invalid_slug(&reason))?;
        self.name.as_deref().map_or(Ok(()), check_label)?;
        let name = self.name.unwrap_or_else(|| slug.to_string());
        let created = cx.tenancy().create(slug.clone(), &name).await?;
        // The workspace exists even if this fails; its status and hint say what to do.
        if let Err(failure) = created.provision().await {
            tracing::warn!(error = %failure, %slug, "a new workspace is not provisioned yet");
        }
        let request = KeyRequest { name: Some("first key".to_owned()), ..KeyRequest::default() };
        let minted = created.mint(request).await?;
        let workspace = created.read_summary().await?;
        Ok(Created { workspace, key: MintedKey::new(minted) })
    }
}
