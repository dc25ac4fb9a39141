//! From a command's start to its end.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::command::{DRAIN_LIMIT, Exec, Executed};
use super::ending::{Ending, State, inspect};
use super::output::Output;
use super::request::Body;
use crate::calls::inspect_container;
use crate::error::{Conflict, Error, Result};
use crate::link::{Link, Master, Slot};
use crate::owner::ContainerId;
use crate::state::Status;
use crate::wire::{Call, Open, Stream, of_container};

/// How long the rest of the output is read after the processes were ended.
const REST: Duration = Duration::from_secs(2);

/// How long after the output's end the exit code is asked for again; it doubles each time.
const FIRST_LOOK: Duration = Duration::from_millis(5);

/// The longest such time.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// A command that was started.
pub(super) struct Started {
    ending: Ending,
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

/// Why the output is no longer read.
enum Stopped {
    /// It ended.
    AtEnd,
    /// The time is over.
    InTime,
    /// There was too much of it.
    TooMuch,
}

/// Creates and starts a command, if its container runs.
pub(super) async fn start(
    link: &Arc<Link>,
    slot: &mut Slot,
    container: &ContainerId,
    body: &Body,
) -> Result<Started> {
    let status = inspect_container(slot, container).await?.status;
    if status != Status::Running {
        return Err(Error::NotRunning(status));
    }
    let call = Call::post(format!("/containers/{container}/exec"), &body.json);
    let created: Created = match slot.call(call).await?.json().map_err(of_container) {
        Err(Error::Conflict(_)) => return Err(not_running(slot, container).await),
        created => created?,
    };
    let id = ContainerId::from_answer(created.id)?;
    let ending = Ending::new(link, container, &id, &body.marker);
    let call = Call::post(format!("/exec/{id}/start"), &json!({ "Detach": false, "Tty": false }));
    let open = slot.open(&call).await?;
    if open.status < 300 {
        let through = link.held().await;
        return Ok(Started { ending, open: Some(open), through, at: Instant::now() });
    }
    ending.disarm();
    match open.whole(call.limit).await?.0.error() {
        Error::Conflict(_) => Err(not_running(slot, container).await),
        error => Err(of_container(error)),
    }
}

/// Says what a container does that the engine refused a command for.
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

impl Started {
    /// Reads the output to its end, or ends the command when its time is over.
    pub(super) async fn finish(
        mut self,
        slot: &mut Slot,
        exec: &Exec,
        mut on_output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<Executed> {
        let deadline = self.at + exec.timeout;
        let mut output = Output::new(exec.max_bytes);
        let read = self.read(&mut output, deadline, &mut on_output).await;
        let seen = match read {
            Ok(Stopped::AtEnd) => self.exit(slot, deadline).await,
            Ok(stopped) => {
                let timed_out = matches!(stopped, Stopped::InTime);
                Ok((self.cut(&mut output, &mut on_output).await, timed_out))
            }
            Err(error) => Err(error),
        };
        match seen {
            Ok((state, timed_out)) => Ok(self.executed(output, state, timed_out)),
            Err(_) => Err(Error::LostDuring(self.ending.end().await.ended())),
        }
    }

    /// Reads the output until it ends, the time is over, or there is too much of it.
    async fn read(
        &mut self,
        output: &mut Output,
        deadline: Instant,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Result<Stopped> {
        let Self { open: Some(open), through, .. } = self else { return Ok(Stopped::AtEnd) };
        loop {
            let Ok(next) = timeout_at(deadline, open.next()).await else {
                return Ok(Stopped::InTime);
            };
            match next? {
                Some(bytes) => output.read(&bytes, on_output)?,
                // The engine ends its output by closing: a connection that is gone looks the same.
                None if output.is_whole() && is_alive(through.as_ref()).await => {
                    return Ok(Stopped::AtEnd);
                }
                None => return Err(Error::Lost),
            }
            if output.omitted > DRAIN_LIMIT {
                return Ok(Stopped::TooMuch);
            }
        }
    }

    /// Waits for the exit code after the output's end: a command may have closed its output and run on.
    /// Returns the state, and whether the time was over.
    async fn exit(&mut self, slot: &mut Slot, deadline: Instant) -> Result<(State, bool)> {
        // Its connection asks from here on, so that there is one for each slot.
        if let Some(open) = self.open.take() {
            slot.keep(open);
        }
        let mut pause = FIRST_LOOK;
        loop {
            let state = inspect(slot, self.ending.exec()).await?;
            if !state.running {
                return Ok((state, false));
            }
            if Instant::now() >= deadline {
                return Ok((self.ending.end().await, true));
            }
            sleep(pause.min(deadline - Instant::now())).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
    }

    /// Ends the command and reads the rest of its output.
    async fn cut(
        &mut self,
        output: &mut Output,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> State {
        let state = self.ending.end().await;
        let rest = self.read(output, Instant::now() + REST, on_output);
        // It was complete enough before.
        let _ = timeout(REST, rest).await;
        state
    }

    fn executed(self, output: Output, state: State, timed_out: bool) -> Executed {
        self.ending.disarm();
        let started = state.pid != 0 || !matches!(state.code, Some(126 | 127));
        let code = if !started && output.says_no_program() { Some(127) } else { state.code };
        // Without a start, the output is the engine's words.
        let Output { stdout, stderr, omitted, .. } =
            if started { output } else { Output::default() };
        Executed {
            code,
            started,
            stdout,
            stderr,
            omitted,
            timed_out,
            ended: state.ended(),
            duration: self.at.elapsed(),
            container: None,
        }
    }
}
