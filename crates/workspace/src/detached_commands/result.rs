//! The end of a command, and its state for callers.

use std::time::Duration;

use covibe_domain::{CommandId, Failure, Timestamp};
use serde::{Deserialize, Serialize};

use super::output::CommandOutput;

/// The way in which a command ended. It contains no output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CommandResult {
    /// The exit code; `None` if it was not seen to end.
    pub code: Option<i64>,
    /// True if more was printed than is kept.
    pub truncated: bool,
    /// True if it reached its time limit.
    pub timed_out: bool,
    /// True if the server ended it before its time was over.
    pub canceled: bool,
    /// Its running time in milliseconds.
    pub duration_ms: u64,
    /// The state of the container afterwards.
    pub container_health: Option<String>,
    /// The reason why it ended, and the next step.
    pub hint: Option<String>,
}

/// A command that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndedCommand {
    /// The way in which it ended.
    pub result: CommandResult,
    /// Its output.
    pub output: CommandOutput,
}

/// The outcome of starting a command that does not need its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetachedRun {
    /// It ended soon.
    Ended(EndedCommand),
    /// It runs on.
    Running {
        /// Its id.
        id: CommandId,
        /// Its output so far.
        output: CommandOutput,
        /// The time that it has run.
        ran_for: Duration,
    },
}

/// The state of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandState {
    /// It runs.
    Running,
    /// It ended.
    Ended(CommandResult),
    /// It was not seen to end: its server has not reported it for a while.
    Lost,
}

/// A command as it was reported last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedCommand {
    /// Its id.
    pub id: CommandId,
    /// The name of its container.
    pub container: String,
    /// Its service; `None` for a resource with one container.
    pub service: Option<String>,
    /// Its text as the audit has it; `None` if an earlier version of the server started it.
    pub command: Option<String>,
    /// Its state.
    pub state: CommandState,
    /// When it was started.
    pub started_at: Timestamp,
    /// The time that it ran, as far as that was seen.
    pub ran_for: Duration,
}

impl EndedCommand {
    /// Returns a command that the server ended for this reason, which precedes its hint.
    pub(crate) fn explained_by(self, reason: &str) -> Self {
        let hint = self
            .result
            .hint
            .as_deref()
            .map_or_else(|| reason.to_owned(), |hint| format!("{reason} {hint}"));
        Self { result: CommandResult { hint: Some(hint), ..self.result }, ..self }
    }

    /// Returns a command without an exit code, because it was not seen to end, for this reason.
    pub fn without_code(hint: String, output: CommandOutput, ran_for: Duration) -> Self {
        let result = CommandResult {
            truncated: output.omitted > 0,
            duration_ms: u64::try_from(ran_for.as_millis()).unwrap_or(u64::MAX),
            hint: Some(hint),
            ..CommandResult::default()
        };
        Self { result, output }
    }
}

/// Returns a failure as one text.
pub(crate) fn describe(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{} {hint}", failure.message),
        None => failure.message.clone(),
    }
}
