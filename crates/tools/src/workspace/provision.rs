//! `POST …/provision`.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_domain::entities::{Rotate, WorkspaceSummary};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

/// The time that the answer waits for the list of strangers, which a rotation is to show.
const PATIENCE: Duration = Duration::from_secs(10);

/// Set up the workspace on Gitea and Coolify, or resume an earlier run. A ready workspace is
/// checked and repaired. A call during a run waits for the result.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ProvisionWorkspace {
    /// The credentials to replace: the bot's token, the token that Coolify clones with, the SSH keypair. This also
    /// deletes every other token and SSH key of the bot.
    #[serde(default)]
    #[schemars(length(max = 3))]
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
        let mut summary = cx.read_summary().await?;
        summary.strangers = cx.strangers(PATIENCE).await;
        Ok(summary)
    }
}
