//! Running a command, from its start to its end.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::command::{DRAIN_LIMIT, Exec, Executed, NotStarted};
use super::output::{Output, OutputBuffer};
use super::request::ExecRequest;
use super::termination::{CommandEnding, CommandState, inspect};
use crate::calls::inspect_container;
use crate::container_owner::ContainerId;
use crate::container_states::{CommandEnd, Status};
use crate::engine_http::{Call, Open, Stream, container_error};
use crate::error::{Conflict, Error, Result};
use crate::link::{Link, Master, Slot};

/// The time for which the rest of the output is read after the processes were ended.
const REST: Duration = Duration::from_secs(2);

/// The times after a command's deadline until which its end is waited for, until which the rest of
/// its output is read, and until which the call returns.
const AFTER: [Duration; 3] =
    [Duration::from_millis(1250), Duration::from_millis(1500), Duration::from_millis(1750)];

/// The same times after a command was canceled. Nobody waits for the end of a command as impatiently as at its deadline, and
/// the commands of a server that stops are ended one after the other.
const AFTER_CANCEL: [Duration; 3] =
    [Duration::from_secs(17), Duration::from_millis(17_250), Duration::from_millis(17_500)];

/// The pause after the output's end before the exit code is asked for again; it doubles each time.
const FIRST_LOOK: Duration = Duration::from_millis(5);

/// The longest such pause.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// A command that was started.
pub(super) struct StartedCommand {
    ending: CommandEnding,
    open: Option<Open>,
    /// The SSH connection that the output comes through.
    through: Option<Arc<Master>>,
    at: Instant,
}

/// Docker's answer to `POST /containers/{id}/exec`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    id: String,
}

/// The reason why the output is no longer read.
enum Stopped {
    /// It ended.
    AtEnd,
    /// The time is over.
    InTime,
    /// It was canceled.
    Canceled,
    /// There was too much of it.
    TooMuch,
}

/// The moments at which waiting stops.
#[derive(Clone, Copy)]
pub(super) struct ExecDeadlines {
    /// The command's deadline.
    over: Instant,
    /// For its end.
    end: Instant,
    /// For the rest of its output.
    rest: Instant,
    /// For the answer.
    pub(super) answer: Instant,
}

/// The end of a command, as far as it was seen.
#[derive(Clone, Copy)]
struct Seen {
    state: CommandState,
    /// True if it ended, but its output was not read to the end.
    cut: bool,
    timed_out: bool,
    canceled: bool,
}

/// Creates and starts a command, if its container runs.
pub(super) async fn start(
    link: &Arc<Link>,
    slot: &mut Slot,
    container: &ContainerId,
    body: &ExecRequest,
) -> Result<StartedCommand> {
    let status = inspect_container(slot, container).await?.status;
    if status != Status::Running {
        return Err(Error::NotRunning(status));
    }
    let call = Call::post(format!("/containers/{container}/exec"), &body.json);
    let created: Created = match slot.call(call).await?.json().map_err(container_error) {
        Err(Error::Conflict(_)) => return Err(not_running(slot, container).await),
        created => created?,
    };
    let id = ContainerId::from_answer(created.id)?;
    let ending = CommandEnding::new(link, container, &id, &body.marker);
    let call = Call::post(format!("/exec/{id}/start"), &json!({ "Detach": false, "Tty": false }));
    let open = slot.open(&call).await?;
    if open.status < 300 {
        let through = link.ssh_connection().await;
        return Ok(StartedCommand { ending, open: Some(open), through, at: Instant::now() });
    }
    ending.disarm();
    match open.read_whole(call.limit).await?.0.error() {
        Error::Conflict(_) => Err(not_running(slot, container).await),
        error => Err(container_error(error)),
    }
}

/// Returns the error for a command that the engine refused, by the state of the container.
async fn not_running(slot: &mut Slot, container: &ContainerId) -> Error {
    match inspect_container(slot, container).await {
        Ok(state) if state.status == Status::Running => Error::Conflict(Conflict::Other),
        Ok(state) => Error::NotRunning(state.status),
        Err(error) => error,
    }
}

async fn is_alive(through: Option<&Arc<Master>>) -> bool {
    match through {
        Some(master) => master.is_alive().await,
        None => true,
    }
}

impl StartedCommand {
    /// Returns the moments at which waiting stops, for a command that may run that long.
    pub(super) fn limits(&self, time: Duration) -> ExecDeadlines {
        ExecDeadlines::from_end(self.at + time)
    }

    /// Reads the output to its end, or ends the command when its time is over.
    pub(super) async fn finish(
        mut self,
        slot: &mut Slot,
        exec: &Exec,
        limits: ExecDeadlines,
        mut on_output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<Executed> {
        let mut output = Output::new(exec.max_bytes);
        let seen = self.watch(slot, (limits, &exec.cancel), &mut output, &mut on_output);
        // A frozen connection answers no question about the command.
        let seen = timeout_at(limits.answer, seen).await.unwrap_or(Ok(Seen::NOTHING));
        match seen {
            Ok(seen) => Ok(self.into_executed(output, seen)),
            Err(_) => {
                Err(Error::LostDuring(self.ending.end_command(limits.end).await.command_end()))
            }
        }
    }

    async fn watch(
        &mut self,
        slot: &mut Slot,
        (limits, cancel): (ExecDeadlines, &CancellationToken),
        output: &mut Output,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Result<Seen> {
        match self.read(output, (limits.over, cancel), on_output).await? {
            Stopped::AtEnd => self.wait_for_exit(slot, (limits, cancel)).await,
            Stopped::InTime => Ok(self.cut(limits, output, on_output).await.mark_timed_out()),
            Stopped::Canceled => {
                let limits = ExecDeadlines::from_cancel();
                Ok(self.cut(limits, output, on_output).await.mark_canceled())
            }
            Stopped::TooMuch => Ok(self.cut(limits, output, on_output).await),
        }
    }

    /// Reads the output until it ends, the time is over, the command is canceled, or there is too much
    /// output.
    async fn read(
        &mut self,
        output: &mut Output,
        (deadline, cancel): (Instant, &CancellationToken),
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Result<Stopped> {
        let Self { open: Some(open), through, .. } = self else { return Ok(Stopped::AtEnd) };
        loop {
            let next = tokio::select! {
                () = cancel.cancelled() => return Ok(Stopped::Canceled),
                next = timeout_at(deadline, open.next()) => next,
            };
            let Ok(next) = next else { return Ok(Stopped::InTime) };
            match next? {
                Some(bytes) => output.read(&bytes, on_output)?,
                // The engine ends its output by closing: a lost connection looks the same.
                None if output.is_whole() && is_alive(through.as_ref()).await => {
                    return Ok(Stopped::AtEnd);
                }
                None => return Err(Error::Lost),
            }
            if output.kept.omitted > DRAIN_LIMIT {
                return Ok(Stopped::TooMuch);
            }
        }
    }

    /// Waits for the exit code after the output's end: a command may have closed its output and
    /// still run.
    async fn wait_for_exit(
        &mut self,
        slot: &mut Slot,
        (limits, cancel): (ExecDeadlines, &CancellationToken),
    ) -> Result<Seen> {
        // The slot asks through this connection from here on, so that each slot uses only one.
        if let Some(open) = self.open.take() {
            slot.keep(open);
        }
        let mut pause = FIRST_LOOK;
        loop {
            let state = inspect(slot, self.ending.exec()).await?;
            if !state.running {
                return Ok(Seen { state, ..Seen::ENDED });
            }
            if cancel.is_cancelled() {
                let limits = ExecDeadlines::from_cancel();
                let state = self.ending.end_command(limits.end).await;
                return Ok(Seen { state, ..Seen::ENDED }.mark_canceled());
            }
            if Instant::now() >= limits.over {
                let state = self.ending.end_command(limits.end).await;
                return Ok(Seen { state, ..Seen::NOTHING }.mark_timed_out());
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = sleep(pause.min(limits.over - Instant::now())) => {}
            }
            pause = (pause * 2).min(LAST_LOOK);
        }
    }

    /// Ends the command and reads the rest of its output.
    async fn cut(
        &mut self,
        limits: ExecDeadlines,
        output: &mut Output,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Seen {
        let state = self.ending.end_command(limits.end).await;
        let until = limits.rest.min(Instant::now() + REST);
        let to_the_end = (until, &CancellationToken::new());
        let rest = timeout_at(until, self.read(output, to_the_end, on_output)).await;
        let is_whole = matches!(rest, Ok(Ok(Stopped::AtEnd)));
        Seen { state, cut: !state.running && !is_whole, ..Seen::ENDED }
    }

    fn into_executed(self, output: Output, seen: Seen) -> Executed {
        let Seen { state, cut, timed_out, canceled } = seen;
        if !state.running {
            self.ending.disarm();
        }
        let is_started = state.pid != 0 || !matches!(state.code, Some(126 | 127));
        let not_started = (!is_started).then(|| output.why_not_started());
        let has_no_program = not_started == Some(NotStarted::NoProgram);
        // If the command was not started, the output is the engine's words.
        let kept = if is_started { output.kept } else { OutputBuffer::default() };
        let OutputBuffer { stdout, stderr, omitted, .. } = kept;
        Executed {
            code: if has_no_program { Some(127) } else { state.code },
            not_started,
            stdout,
            stderr,
            omitted,
            cut,
            timed_out,
            canceled,
            ended: state.command_end(),
            duration: self.at.elapsed(),
            container: None,
        }
    }
}

impl ExecDeadlines {
    /// Returns the moments for a command that may run until then.
    fn from_end(over: Instant) -> Self {
        Self::from_delays(over, AFTER)
    }

    /// Returns the moments for a command that is canceled now.
    fn from_cancel() -> Self {
        Self::from_delays(Instant::now(), AFTER_CANCEL)
    }

    fn from_delays(over: Instant, delays: [Duration; 3]) -> Self {
        let [end, rest, answer] = delays.map(|delay| over + delay);
        Self { over, end, rest, answer }
    }
}

impl Seen {
    /// The end of a command that does not answer when its time is over.
    const NOTHING: Self = Self { timed_out: true, ..Self::ENDED };

    /// The end of a command that was neither ended nor cut; its state is yet to be filled in.
    const ENDED: Self =
        Self { state: CommandState::UNSEEN, cut: false, timed_out: false, canceled: false };

    /// Marks a command as timed out, unless it had ended by itself.
    fn mark_timed_out(self) -> Self {
        Self { timed_out: self.state.command_end() != CommandEnd::Exited, ..self }
    }

    /// Marks a command as canceled, unless it had ended by itself.
    fn mark_canceled(self) -> Self {
        Self { canceled: self.state.command_end() != CommandEnd::Exited, ..self }
    }
}
