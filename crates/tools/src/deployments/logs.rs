//! `deployments.logs`.

use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::budget::{ASKED_BUDGET, TEXT_BUDGET, cut};
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// How many lines are shown unless the call asks for another number.
const USUAL_LINES: usize = 200;

/// Get the build log of a deployment, newest lines last.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeploymentLogs {
    uuid: DeploymentUuid,
    /// Last lines to show; default 200.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5000))]
    lines: Option<usize>,
}

/// The log of a deployment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Log {
    uuid: DeploymentUuid,
    status: DeploymentStatus,
    logs: String,
    /// How many lines before these were left out.
    omitted_lines: usize,
    /// How many bytes were left out in the middle.
    omitted_bytes: usize,
}

impl Operation for DeploymentLogs {
    const SPEC: Spec = Spec::read("deployments.logs", Route::get("/deployments/{uuid}/logs"));

    type Output = Log;

    async fn run(self, cx: &Workspace) -> Result<Log, Failure> {
        let deployment = cx.coolify().await?.deployment(&self.uuid).await?;
        let entries = deployment.logs.unwrap_or_default();
        // One entry may hold many lines.
        let lines: Vec<_> = entries.iter().flat_map(|entry| entry.output.lines()).collect();
        let omitted_lines = lines.len().saturating_sub(self.lines.unwrap_or(USUAL_LINES));
        let shown: Vec<_> = lines.into_iter().skip(omitted_lines).map(text).collect();
        // Who names a number of lines asks for more than an answer usually has.
        let budget = if self.lines.is_some() { ASKED_BUDGET } else { TEXT_BUDGET };
        let cut = cut(shown.join("\n"), budget, "ask for fewer lines");
        Ok(Log {
            uuid: self.uuid,
            status: deployment.status,
            logs: cut.text,
            omitted_lines,
            omitted_bytes: cut.omitted,
        })
    }
}

/// A line without the credentials of URLs in it: Coolify may show the clone URL of a repository.
fn text(line: &str) -> String {
    covibe_upstream::without_userinfo(line.trim_end())
}
