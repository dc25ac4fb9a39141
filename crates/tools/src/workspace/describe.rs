//! `workspace.describe`.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_domain::entities::{ProvisionStatus, WorkspaceSummary};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cookbook::recipes;

/// How long the answer waits for the list of strangers.
const PATIENCE: Duration = Duration::from_secs(2);

/// Describe this workspace: slug, Gitea org, Coolify project, domain namespace, provision status.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DescribeWorkspace {}

/// A workspace, and where to read on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkspaceDescription")]
pub(crate) struct Description {
    #[serde(flatten)]
    workspace: WorkspaceSummary,
    /// What to read when something fails: covibe://cookbook/{recipe}, over HTTP
    /// GET /api/cookbook/{recipe}.
    #[schemars(example = vec!["keeps-restarting"])]
    recipes: Vec<&'static str>,
}

impl Operation<Workspace> for DescribeWorkspace {
    const SPEC: Spec = Spec::read("workspace.describe", Route::get("")).early();

    type Output = Description;

    async fn run(self, cx: &Workspace) -> Result<Description, Failure> {
        // A client that asks for progress follows a provisioning run to its end.
        let watched = cx.watch_provisioning().await?;
        let mut summary = if watched { cx.read_summary().await? } else { cx.summary() };
        if summary.provision_status == ProvisionStatus::Ready {
            let (problem, strangers) =
                futures_util::join!(cx.bot_problem(), cx.strangers(PATIENCE));
            summary.hint = summary.hint.or(problem);
            summary.strangers = strangers;
        }
        Ok(Description { workspace: summary, recipes: recipes().collect() })
    }
}
