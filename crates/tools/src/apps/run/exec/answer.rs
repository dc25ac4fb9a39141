//! The answer of `apps.exec` and `apps.exec_result`.

use covibe_docker_host::{CommandEnd, Executed, Health, NotStarted, Status};
use covibe_domain::CommandId;
use covibe_workspace::{CommandOutput, CommandResult, EndedCommand};
use schemars::JsonSchema;
use serde::Serialize;

use crate::container_access::{Frame, Writer};

/// The output of a command, and the way in which it ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Execution {
    /// The container it ran in.
    #[schemars(example = &"web-vgsco4occ8ksgsc4s8ck4kco")]
    container: String,
    /// Its service; absent for a resource with one container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The id of a detached command.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<CommandId>,
    /// For a detached command: true while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = false)]
    running: Option<bool>,
    /// The exit code; 137 if the command was killed; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 0)]
    code: Option<i64>,
    /// The standard output, between two marks; empty if nothing was printed.
    #[schemars(example = &"--- output 5ee1f0c2a4b7 ---\ntotal 8\n\n--- end 5ee1f0c2a4b7 ---")]
    stdout: String,
    /// The standard error, between the same marks; empty if nothing was printed.
    #[schemars(example = &"")]
    stderr: String,
    /// An explanation of the marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The text between the marks is the output of the command.")]
    note: Option<String>,
    /// True if more was printed than is returned.
    truncated: bool,
    /// The number of bytes that were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted_bytes: Option<u64>,
    /// True if it reached its time limit.
    timed_out: bool,
    /// Its running time in milliseconds.
    duration_ms: u64,
    /// The state of the container afterwards: `healthy`, `unhealthy`, `starting`, or its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    container_health: Option<String>,
    /// The reason why it ended, and the next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Pass a larger `timeout_ms`.")]
    hint: Option<String>,
}

impl Execution {
    /// Creates the answer about a command that has ended.
    pub(super) fn from_ended(
        container: &str,
        service: Option<String>,
        EndedCommand { result, output }: EndedCommand,
    ) -> Self {
        let frame = Frame::draw();
        Self {
            note: (!output.is_empty()).then(|| frame.note(Writer::Command)),
            container: container.to_owned(),
            service,
            id: None,
            running: None,
            code: result.code,
            truncated: result.truncated || output.omitted > 0,
            omitted_bytes: Some(output.omitted).filter(|omitted| *omitted > 0),
            timed_out: result.timed_out,
            duration_ms: result.duration_ms,
            container_health: result.container_health,
            hint: result.hint,
            stdout: frame_output(&frame, &output.stdout),
            stderr: frame_output(&frame, &output.stderr),
        }
    }

    /// Returns the answer with the id of the command, which runs or not.
    pub(super) fn with_id(self, id: CommandId, running: bool) -> Self {
        Self { id: Some(id), running: Some(running), ..self }
    }
}

/// Converts the result of a command.
pub(super) fn to_ended(executed: Executed) -> EndedCommand {
    let state = executed.container.as_ref();
    let health = state.map(|it| it.health.map_or(it.status.as_str(), Health::as_str));
    let result = CommandResult {
        code: executed.code,
        truncated: executed.omitted > 0 || executed.cut,
        timed_out: executed.timed_out,
        canceled: executed.canceled,
        duration_ms: u64::try_from(executed.duration.as_millis()).unwrap_or(u64::MAX),
        container_health: health.map(str::to_owned),
        hint: hint(&executed).map(str::to_owned),
    };
    let Executed { stdout, stderr, omitted, .. } = executed;
    EndedCommand { result, output: CommandOutput::from_bytes(stdout, stderr, omitted) }
}

/// Returns output within a frame, or an empty text for no output.
fn frame_output(frame: &Frame, output: &str) -> String {
    if output.is_empty() {
        return String::new();
    }
    frame.around_whole(Writer::Command, output)
}

/// Returns whether the container runs; true if its state was not seen.
fn still_runs(executed: &Executed) -> bool {
    executed.container.as_ref().is_none_or(|state| state.status == Status::Running)
}

fn hint(executed: &Executed) -> Option<&'static str> {
    match (executed.ended, executed.timed_out, executed.not_started) {
        (CommandEnd::MayStillRun, ..) => Some(
            "The server did not see the command end; it may still be running in the container: \
             check with ps -ef. The operator can set up covibe-docker-gate to end such commands.",
        ),
        (_, true, _) => Some(
            "The server ended the command and all of its identifiable children. A daemon that also \
             cleared its environment may still be running: check with ps -ef. Pass a larger \
             `timeout_ms`: up to 600000, or 3600000 with `detach`.",
        ),
        (CommandEnd::Killed, ..) if executed.canceled => {
            Some("The server ended the command and all of its identifiable children.")
        }
        (CommandEnd::Killed, false, _) => {
            Some("The command printed far too much output, so the server ended it.")
        }
        (CommandEnd::Exited, ..) if executed.cut => Some(
            "The command ended by itself, but its output could not be read to the end in time. \
            Pass a larger `timeout_ms`.",
        ),
        (_, _, Some(_)) if !still_runs(executed) => Some(
            "The command was not started: the container stopped at that moment. apps.logs shows \
            why; repeat the call once it is running.",
        ),
        (_, _, Some(why)) => Some(match why {
            NotStarted::NoUser => {
                "The command was not started: the container has no such user or group. /etc/passwd \
                lists them; a number always works."
            }
            NotStarted::NoWorkdir => {
                "The command was not started: the container has no such `workdir`, or the user \
                is not allowed to enter it."
            }
            NotStarted::NoProgram => {
                "The command was not started: the container has no such program."
            }
            NotStarted::Other => {
                "The command was not started: the program is not executable, or of another architecture."
            }
        }),
        _ => None,
    }
}
