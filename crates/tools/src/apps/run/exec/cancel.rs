//! `apps.exec_cancel`.

use covibe_domain::{CommandId, Failure, HostedUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::Execution;
use super::detached_commands::describe;

/// End a detached command of apps.exec, and return its output and exit code. A command that has ended is not changed.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CancelExec {
    uuid: HostedUuid,
    /// The id that apps.exec returned.
    id: CommandId,
}

/// The hint for a command that was not seen to end in time.
const STILL_RUNS: &str = "The server is ending the command, but has not seen it end yet: call \
                          apps.exec_result with this `uuid` and `id`.";

impl Operation<Workspace> for CancelExec {
    // What a command printed may be a secret: a key that only reads may not call this either.
    const SPEC: Spec =
        Spec::write("apps.exec_cancel", Route::post("/apps/{uuid}/exec/{id}/cancel")).idempotent();

    type Output = Execution;

    async fn run(self, cx: &Workspace) -> Result<Execution, Failure> {
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let command = cx.cancel_detached_command(&resource, &self.id).await?;
        Ok(describe(command, STILL_RUNS))
    }
}
