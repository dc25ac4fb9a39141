//! `workspace.describe`.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_domain::entities::{KeyAccess, ProvisionStatus, StepState, WorkspaceSummary};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cookbook::recipes;

/// How long the answer waits for the list of strangers.
const PATIENCE: Duration = Duration::from_secs(2);

/// Describe this workspace: Gitea org, domain namespace, provision status.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DescribeWorkspace {
    #[schemars(
        title = "Whether to return the steps that are done, which are left out once it is ready."
    )]
    #[serde(default)]
    #[schemars(length(max = 1))]
    include: Option<Vec<Include>>,
}

// What a call may ask for besides. No doc comment: it would add a schema to every listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "WorkspaceInclude", title = "What to add to a workspace.")]
#[serde(rename_all = "lowercase")]
enum Include {
    Steps,
}

/// A workspace, and where to read on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkspaceDescription")]
pub(crate) struct Description {
    #[serde(flatten)]
    workspace: WorkspaceSummary,
    /// What the call may do.
    access: KeyAccess,
    /// What to read when something fails: covibe://cookbook/{recipe}, over HTTP
    /// GET /api/cookbook/{recipe}.
    #[schemars(example = vec!["keeps-restarting"])]
    recipes: &'static [&'static str],
}

impl Operation<Workspace> for DescribeWorkspace {
    const SPEC: Spec = Spec::read("workspace.describe", Route::get("")).early();

    type Output = Description;

    async fn run(self, cx: &Workspace) -> Result<Description, Failure> {
        // A client that asks for progress follows a provisioning run to its end.
        let watched = cx.watch_provisioning().await?;
        let mut summary = if watched { Box::pin(cx.read_summary()).await? } else { cx.summary() };
        if summary.provision_status == ProvisionStatus::Ready {
            let (problem, strangers) =
                futures_util::join!(cx.bot_problem(), cx.strangers(PATIENCE));
            summary.hint = summary.hint.or(problem);
            summary.strangers = strangers;
            if self.include.is_none_or(|asked| !asked.contains(&Include::Steps)) {
                // A step of a later rotation may have failed.
                summary.steps.retain(|step| step.state != StepState::Done);
            }
        }
        Ok(Description { workspace: summary, access: cx.access(), recipes: recipes() })
    }
}
