//! `workspace.describe`.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_domain::entities::{KeyAccess, ProvisionStatus, Step, StepState, WorkspaceSummary};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{LongWait, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cookbook::recipes;

/// The time that the answer waits for the list of strangers.
const PATIENCE: Duration = Duration::from_secs(2);

/// Describe this workspace: Gitea org, domain namespace, provisioning status.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DescribeWorkspace {
    /// `steps` also returns the finished provisioning steps.
    #[serde(default)]
    #[schemars(length(max = 1))]
    include: Option<Vec<Include>>,
}

/// The optional parts of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "WorkspaceInclude")]
#[serde(rename_all = "lowercase")]
enum Include {
    Steps,
}

/// A workspace, and where to read more.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkspaceDescription")]
pub(crate) struct Description {
    #[serde(flatten)]
    workspace: WorkspaceSummary,
    /// The access of the call.
    access: KeyAccess,
    /// True while a provisioning run sets it up; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_being_provisioned: bool,
    /// The current problems; absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["Deployment q4vm2k… has waited for 70 minutes."])]
    attention: Vec<String>,
    /// The recipes to read when something fails: covibe://cookbook/{recipe}, over HTTP GET
    /// /api/cookbook/{recipe}.
    #[schemars(example = vec!["keeps-restarting"])]
    recipes: &'static [&'static str],
}

impl Operation<Workspace> for DescribeWorkspace {
    const SPEC: Spec = Spec::read("workspace.describe", Route::get("")).early();

    type Output = Description;

    async fn run(self, cx: &Workspace) -> Result<Description, Failure> {
        let includes_done = self.include.is_some_and(|asked| asked.contains(&Include::Steps));
        let (mut summary, is_being_provisioned) = summary(cx, includes_done).await?;
        if summary.provision_status == ProvisionStatus::Ready {
            let (problem, strangers) =
                futures_util::join!(cx.bot_problem(), cx.strangers(PATIENCE));
            summary.hint = summary.hint.or(problem);
            summary.strangers = strangers;
        }
        let attention = cx.long_waits().await?.iter().map(long_wait).collect();
        let (access, recipes) = (cx.access(), recipes());
        Ok(Description { workspace: summary, access, is_being_provisioned, attention, recipes })
    }
}

/// Returns the description of the workspace, and whether a run provisions it.
async fn summary(cx: &Workspace, includes_done: bool) -> Result<(WorkspaceSummary, bool), Failure> {
    // A step of a later rotation may have failed.
    let is_shown = |status, step: &Step| {
        includes_done || status != ProvisionStatus::Ready || step.state != StepState::Done
    };
    // A client that asks for progress follows a provisioning run to its end.
    let was_watched = cx.watch_provisioning().await?;
    let known = cx.summary(is_shown);
    let was_ready = known.provision_status == ProvisionStatus::Ready;
    if was_ready && !was_watched {
        return Ok((known, false));
    }
    let is_being_provisioned = cx.is_being_provisioned().await?;
    // What was known may be from before the end of the run.
    let mut read = Box::pin(cx.read_summary()).await?;
    read.steps.retain(|step| is_shown(read.provision_status, step));
    let is_ready = read.provision_status == ProvisionStatus::Ready;
    Ok((read, is_being_provisioned && !is_ready))
}

fn long_wait(wait: &LongWait) -> String {
    let LongWait { uuid, resource, .. } = wait;
    let (kind, resource, minutes) = (resource.kind(), resource.uuid(), wait.minutes());
    format!(
        "Deployment {uuid} of {kind} {resource} has waited in the queue for {minutes} minutes: tell \
         the operator. deployments.cancel cancels it."
    )
}
