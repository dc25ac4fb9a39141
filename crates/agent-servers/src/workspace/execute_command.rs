//! `execute_command`.

use std::os::fd::AsRawFd as _;
use std::time::Duration;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded_texts::{FRAME, MAX_TEXTS};
use super::commands::CommandOutcome;
use super::context::WorkspaceContext;
use crate::confinement::Confinement;
use crate::untrusted_text::{framed_within, json_size};

/// The time of a command without `timeout_ms`, in milliseconds.
const DEFAULT_TIME: u64 = 60_000;

/// The maximum size of the errors in an answer that has output, too, in bytes of JSON.
const MAX_ERRORS: usize = MAX_TEXTS / 3;

/// Run `sh -c` in the workspace, without input. Its child processes end with it. It has PATH, HOME, LANG, TERM and a
/// private TMPDIR, but no token. On recent Linux, it can write only to the workspace and TMPDIR.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct ExecuteCommand {
    /// The shell command.
    #[schemars(length(min = 1, max = 100_000), example = &"cargo test 2>&1 | tail -50")]
    command: String,
    /// The folder to run it in; default: the root.
    #[serde(default)]
    #[schemars(length(max = 4096), example = &"frontend")]
    workdir: Option<String>,
    /// The time limit; default 60000.
    #[serde(default)]
    #[schemars(range(min = 1, max = 600_000), example = 120_000)]
    timeout_ms: Option<u64>,
}

/// The outcome of a command.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Executed {
    /// The exit code; missing if a signal ended the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 0)]
    exit_code: Option<i32>,
    /// The signal that ended it; 9 also if this server killed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    /// True if it timed out.
    timed_out: bool,
    /// True if it was ended because it printed more than 5 MB.
    printed_too_much: bool,
    /// The running time in milliseconds.
    duration_ms: u64,
    /// True if the kernel let it write only to the workspace and TMPDIR.
    confined: bool,
    /// The size of its output, in bytes.
    stdout_size: usize,
    /// The size of its error output, in bytes.
    stderr_size: usize,
    /// The beginning and end of its output, marked as untrusted.
    stdout: String,
    /// The beginning and end of its error output, marked as untrusted.
    stderr: String,
}

impl Operation<WorkspaceContext> for ExecuteCommand {
    const SPEC: Spec =
        Spec::write("execute_command", Route::NONE).lasts("timeout_ms", DEFAULT_TIME);

    type Output = Executed;

    async fn run(self, cx: &WorkspaceContext) -> Result<Executed, Failure> {
        let time = Duration::from_millis(self.timeout_ms.unwrap_or(DEFAULT_TIME));
        let path = cx.root().read_path(self.workdir.as_deref().unwrap_or_default())?;
        let folder = cx.root().folder(&path)?;
        let outcome = cx.execute(&self.command, folder.as_raw_fd(), time).await?;
        drop(folder);
        Ok(executed(&outcome, Confinement::is_supported()))
    }
}

fn executed(outcome: &CommandOutcome, confined: bool) -> Executed {
    const HOW: &str = "redirect it to a file of the workspace and read that";
    let (out, err) = (&outcome.output.stdout, &outcome.output.stderr);
    let (out_text, err_text) = (out.text(), err.text());
    let errors =
        json_size(&err_text).min(MAX_ERRORS.max(MAX_TEXTS.saturating_sub(json_size(&out_text))));
    let frame = |source: &str, text: &str, max: usize| match text {
        "" => String::new(),
        text => framed_within(max + FRAME, source, text, HOW),
    };
    Executed {
        exit_code: outcome.exit_code(),
        signal: outcome.signal(),
        timed_out: outcome.has_timed_out,
        printed_too_much: outcome.has_printed_too_much,
        duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        confined,
        stdout_size: out.size,
        stderr_size: err.size,
        stdout: frame("the output", &out_text, MAX_TEXTS - errors),
        stderr: frame("the error output", &err_text, errors),
    }
}
