//! `DELETE /api/workspaces/{slug}`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::confirm;
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Roll back a workspace that never became ready: its parts on Gitea and Coolify, its records and its keys. A ready
/// workspace is not deleted.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct RollBackWorkspace {
    /// The workspace's exact slug.
    #[serde(default)]
    #[schemars(length(max = 64))]
    #[schemars(example = &"mark")]
    confirm: Option<String>,
}

/// The workspace that was rolled back.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RolledBackWorkspace")]
pub(crate) struct RolledBack {
    /// The slug of the workspace.
    #[schemars(example = &"mark")]
    rolled_back: String,
}

impl Operation<Workspace> for RollBackWorkspace {
    const SPEC: Spec = Spec::destroy("workspace.rollback", Route::delete("")).rest_only().early();

    type Output = RolledBack;

    async fn run(self, cx: &Workspace) -> Result<RolledBack, Failure> {
        let get = format!("GET /api/workspaces/{}", cx.slug());
        confirm(self.confirm.as_deref(), cx.slug().as_str(), &get)?;
        cx.roll_back().await?;
        Ok(RolledBack { rolled_back: cx.slug().to_string() })
    }
}
