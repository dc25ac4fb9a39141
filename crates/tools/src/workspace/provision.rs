//! `POST …/provision`.

use covibe_domain::Failure;
use covibe_domain::entities::{Rotate, WorkspaceSummary};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

/// Set the workspace up on Gitea and Coolify, or go on where that ended; in one that is ready,
/// look everything over and repair it. A call while another is at work waits for its result.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ProvisionWorkspace {
    /// What to replace by a new one: the bot's token, the SSH keypair. The old one goes on working
    /// until nothing uses it.
    #[serde(default)]
    #[schemars(length(max = 2))]
    rotate: Option<Vec<Rotate>>,
}

impl Operation<Workspace> for ProvisionWorkspace {
    const SPEC: Spec = Spec::write("workspace.provision", Route::post("/provision"))
        .rest_only()
        .early()
        .idempotent();

    type Output = WorkspaceSummary;

    async fn run(self, cx: &Workspace) -> Result<WorkspaceSummary, Failure> {
        cx.provision(self.rotate.unwrap_or_default()).await?;
        cx.read_summary().await
    }
}
