//! Ends a command in a container with all its children, and reports the outcome.

use std::thread;
use std::time::{Duration, Instant};

use super::Session;
use super::engine_wait::EngineWait;
use crate::engine::{Command, Engine, Trouble, inspect_command};
use crate::http::Refusal;
use crate::processes::{EndedProcesses, Execution, end_processes};
use crate::resource_names::{Id, Marker};

/// The time limit for the whole action.
const WITHIN: Duration = Duration::from_secs(10);

/// The time that the engine has to start a command that nobody is waiting for.
const BEGIN: Duration = Duration::from_secs(10);

/// The time that the engine has to note that a command has ended.
const NOTE: Duration = Duration::from_secs(3);

/// The pause before the engine is asked again.
const PAUSE: Duration = Duration::from_millis(20);

const BLIND: Refusal =
    Refusal { status: 502, message: "the processes of the host can't be inspected" };

/// The outcome for the processes, and the command afterwards.
pub(super) struct KillOutcome {
    ended: EndedProcesses,
    command: Command,
}

impl Session {
    /// Ends a command that the client names.
    pub(super) fn end_command(
        &mut self,
        command: Command,
        marker: Option<Marker>,
    ) -> Result<(), Trouble> {
        let marker = marker.or_else(|| self.marker_of(&command.id));
        let KillOutcome { ended, command } =
            end_command_processes(&self.engine, command, marker.as_ref())?;
        let told = serde_json::json!({
            "ended": ended.ended,
            "remaining": ended.remaining,
            "maySignal": ended.may_signal,
            "sawAll": ended.saw_all,
            "running": command.is_running,
            "exitCode": command.exit_code,
        });
        self.json(told.to_string().as_bytes())
    }
}

/// Ends a command whose start was requested: the engine may not have carried it out yet.
pub(super) fn end_started(
    engine: &Engine,
    id: &Id,
    marker: Option<&Marker>,
) -> Result<KillOutcome, Trouble> {
    let has_begun = |it: &Command| it.pid.is_some() || it.exit_code.is_some();
    let command = look_until(engine, id, BEGIN, has_begun)?;
    end_command_processes(engine, command, marker)
}

fn end_command_processes(
    engine: &Engine,
    mut command: Command,
    marker: Option<&Marker>,
) -> Result<KillOutcome, Trouble> {
    let deadline = Instant::now() + WITHIN;
    let mut sum = EndedProcesses { saw_all: true, ..EndedProcesses::default() };
    loop {
        let execution = Execution {
            container: command.container.clone(),
            pid: command.pid,
            marker: marker.cloned(),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let seen = end_processes(&execution, left).map_err(|_| BLIND)?;
        sum.ended += seen.ended;
        sum.saw_all &= seen.saw_all;
        (sum.remaining, sum.may_signal) = (seen.remaining, seen.may_signal);
        let has_ended = |it: &Command| !it.is_running || seen.ended == 0;
        command = look_until(engine, &command.id, NOTE, has_ended)?;
        let is_done = !command.is_running && sum.remaining == 0;
        if is_done || !seen.may_signal || Instant::now() >= deadline {
            return Ok(KillOutcome { ended: sum, command });
        }
        thread::sleep(PAUSE);
    }
}

/// Looks at a command until it meets a condition, or the time is over.
fn look_until(
    engine: &Engine,
    id: &Id,
    within: Duration,
    is_so: impl Fn(&Command) -> bool,
) -> Result<Command, Trouble> {
    let deadline = Instant::now() + within;
    loop {
        let command = inspect_command(engine, "", id, &mut EngineWait::without_client(NOTE))?;
        if is_so(&command) || Instant::now() >= deadline {
            return Ok(command);
        }
        thread::sleep(PAUSE);
    }
}
