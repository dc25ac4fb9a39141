//! `apps.exec_list`.

use covibe_domain::entities::KeyAccess;
use covibe_domain::{CommandId, Failure, HostedUuid, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{CommandResult, CommandState, ReportedCommand, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List detached commands of apps.exec, running or ended in the last day, to find a lost id.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListExecs {
    uuid: HostedUuid,
}

/// The detached commands of an app, database or auth provider.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DetachedCommands {
    /// The commands, newest first.
    commands: Vec<DetachedCommand>,
}

/// A detached command without its output.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DetachedCommand {
    /// The id for apps.exec_result and apps.exec_cancel.
    id: CommandId,
    /// The container it runs in.
    #[schemars(example = &"web-vgsco4occ8ksgsc4s8ck4kco")]
    container: String,
    /// Its service; absent for a resource with one container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The command, without parts that look like secrets; of a long one, the beginning. Absent for a read-only key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"npm run migrate")]
    command: Option<String>,
    /// When it was started.
    started_at: Timestamp,
    /// True if it runs.
    #[schemars(example = false)]
    running: bool,
    /// The exit code; 137 if the command was killed; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 0)]
    code: Option<i64>,
    /// Its running time in milliseconds.
    duration_ms: u64,
}

impl Operation<Workspace> for ListExecs {
    const SPEC: Spec = Spec::read("apps.exec_list", Route::get("/apps/{uuid}/exec"));

    type Output = DetachedCommands;

    async fn run(self, cx: &Workspace) -> Result<DetachedCommands, Failure> {
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let mut commands = cx.detached_commands(&resource).await?;
        // The command may contain a secret of a form that is not recognized.
        if cx.access() == KeyAccess::Read {
            for command in &mut commands {
                command.command = None;
            }
        }
        Ok(DetachedCommands { commands: commands.into_iter().map(view).collect() })
    }
}

/// Converts a command.
fn view(command: ReportedCommand) -> DetachedCommand {
    let ReportedCommand { id, container, service, command, state, started_at, ran_for } = command;
    let running = state == CommandState::Running;
    let ran_ms = u64::try_from(ran_for.as_millis()).unwrap_or(u64::MAX);
    let (code, duration_ms) = match state {
        CommandState::Ended(CommandResult { code, duration_ms, .. }) => (code, duration_ms),
        CommandState::Running | CommandState::Lost => (None, ran_ms),
    };
    DetachedCommand { id, container, service, command, started_at, running, code, duration_ms }
}
