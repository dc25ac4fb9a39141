//! `workspace.describe`.

use covibe_domain::Failure;
use covibe_domain::entities::WorkspaceSummary;
use schemars::JsonSchema;
use serde::Deserialize;

use super::summary;
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// Describe this workspace: slug, Gitea org, Coolify project, domain namespace, provision status.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DescribeWorkspace {}

impl Operation for DescribeWorkspace {
    const SPEC: Spec = Spec::read("workspace.describe", Route::get("")).early();

    type Output = WorkspaceSummary;

    async fn run(self, cx: &Workspace) -> Result<WorkspaceSummary, Failure> {
        // A client that wants to be told how far its calls are sees a run to its end.
        let described =
            if cx.watch_provisioning().await? { cx.refreshed().await? } else { cx.described() };
        Ok(summary(cx, described))
    }
}
