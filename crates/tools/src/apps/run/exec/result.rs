//! `apps.exec_result`.

use std::time::Duration;

use covibe_domain::{CommandId, Failure, HostedUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::Execution;
use super::detached_commands::{RUNS_ON, describe};

/// Get a detached apps.exec command's output so far, at most 10 s old, and its exit code. Results are kept for a
/// day.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ReadExec {
    uuid: HostedUuid,
    /// The id from apps.exec.
    id: CommandId,
    /// Milliseconds to wait for the command to end. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 50_000))]
    #[schemars(example = 30_000)]
    wait_ms: Option<u64>,
    /// The maximum output in bytes. Default: all that is kept.
    #[serde(default)]
    #[schemars(range(min = 1, max = 262_144))]
    #[schemars(example = 24_576)]
    max_bytes: Option<usize>,
}

impl Operation<Workspace> for ReadExec {
    // What a command prints may be a secret: a key that only reads gets none.
    const SPEC: Spec = Spec::read("apps.exec_result", Route::get("/apps/{uuid}/exec/{id}"))
        .lasts("wait_ms", 0)
        .discloses();

    type Output = Execution;

    async fn run(self, cx: &Workspace) -> Result<Execution, Failure> {
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let wait = Duration::from_millis(self.wait_ms.unwrap_or(0));
        let (command, output) = cx.detached_command(&resource, &self.id, wait).await?;
        let output = match self.max_bytes {
            Some(most) => output.shortened(most),
            None => output,
        };
        Ok(describe((command, output), RUNS_ON))
    }
}
