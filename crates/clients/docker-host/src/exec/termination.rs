//! Ending a command with all its children, and checking that it has ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use covibe_docker_gate_core::resource_names::{Id, Marker};
use covibe_docker_gate_core::{Execution, end_processes};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::container_owner::ContainerId;
use crate::container_states::CommandEnd;
use crate::engine_http::{Call, Query};
use crate::error::{Error, Result};
use crate::link::{ApiProgram, Lane, Link, Slot};

/// The longest time for ending a command.
const LONGEST: Duration = Duration::from_secs(20);

/// The time for which processes are looked for and signalled; the gate takes at most 10 seconds.
const SIGNALS: Duration = Duration::from_secs(5);

/// The time that the engine has to start a command that it was asked to start, or to notice its
/// end. A command that a busy engine starts later than this runs on.
const NOTICE: Duration = Duration::from_secs(15);

/// The pause after the signals before the engine is asked again; it doubles each time.
const FIRST_LOOK: Duration = Duration::from_millis(20);

/// The longest such pause.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// The exit code of a process that SIGKILL ended.
pub(super) const KILLED: i64 = 137;

/// Ends a command when it is dropped, unless it was disarmed.
pub(super) struct CommandEnding {
    command: Command,
    is_armed: AtomicBool,
}

/// A command in a container.
#[derive(Clone)]
struct Command {
    link: Arc<Link>,
    container: ContainerId,
    exec: ContainerId,
    marker: Marker,
}

/// The state of a command, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommandState {
    /// True if it runs, or its state is unknown.
    pub(super) running: bool,
    /// Its process on the host; 0 if it was never started.
    pub(super) pid: u32,
    /// Its exit code.
    pub(super) code: Option<i64>,
    /// The outcome of ending its processes, if they were ended.
    signalled: Option<Signalled>,
}

/// The outcome of signalling processes.
#[derive(Clone, Copy, Debug)]
struct Signalled {
    /// True if any process was there.
    any: bool,
    /// True if none is left.
    all: bool,
}

/// Docker's answer to `GET /exec/{id}/json`: the members that we read (20.10 to 28.5).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireExec {
    running: bool,
    exit_code: Option<i64>,
    #[serde(default)]
    pid: u32,
}

/// The gate's answer to `POST /covibe/exec/{id}/kill`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireKill {
    ended: u32,
    remaining: u32,
    saw_all: bool,
}

/// Returns the engine's description of a command.
pub(super) async fn inspect(slot: &mut Slot, exec: &ContainerId) -> Result<CommandState> {
    let call = Call::get(format!("/exec/{exec}/json"), &Query::default());
    let wire: WireExec = slot.call(call).await?.json()?;
    // Docker 20.10 says for a moment that a command does not run and has no exit code.
    let running = wire.running || wire.exit_code.is_none();
    Ok(CommandState { running, pid: wire.pid, code: wire.exit_code, signalled: None })
}

impl Signalled {
    /// Joins an outcome with a later one.
    fn join(self, later: Self) -> Self {
        Self { any: self.any || later.any, all: later.all }
    }
}

impl CommandState {
    /// The state of a command that was not seen.
    pub(super) const UNSEEN: Self = Self { running: true, pid: 0, code: None, signalled: None };

    /// Returns the way in which the command ended.
    ///
    /// Its first process and its children are stopped before they are killed, so that an exit code
    /// other than SIGKILL's means that the command had ended before.
    pub(super) fn command_end(&self) -> CommandEnd {
        match self.signalled {
            _ if self.running => CommandEnd::MayStillRun,
            _ if self.code != Some(KILLED) => CommandEnd::Exited,
            Some(Signalled { all: false, .. }) => CommandEnd::MayStillRun,
            Some(Signalled { any: true, .. }) => CommandEnd::Killed,
            Some(_) | None => CommandEnd::Exited,
        }
    }
}

impl CommandEnding {
    pub(super) fn new(
        link: &Arc<Link>,
        container: &ContainerId,
        exec: &ContainerId,
        marker: &Marker,
    ) -> Self {
        let (container, exec, marker) = (container.clone(), exec.clone(), marker.clone());
        let command = Command { link: Arc::clone(link), container, exec, marker };
        Self { command, is_armed: AtomicBool::new(true) }
    }

    /// Returns the command's id.
    pub(super) fn exec(&self) -> &ContainerId {
        &self.command.exec
    }

    /// Leaves the command alone from now on.
    pub(super) fn disarm(&self) {
        self.is_armed.store(false, Ordering::Relaxed);
    }

    /// Ends the command now, and returns its state as far as it was seen by then. After that, or if
    /// this future is dropped, the background goes on ending it.
    pub(super) async fn end_command(&self, until: Instant) -> CommandState {
        let command = self.command.clone();
        let ending = tokio::spawn(async move { command.end_in_time().await });
        self.disarm();
        timeout_at(until, ending).await.ok().and_then(Result::ok).unwrap_or(CommandState::UNSEEN)
    }
}

impl Drop for CommandEnding {
    fn drop(&mut self) {
        if !self.is_armed.load(Ordering::Relaxed) {
            return;
        }
        // Without a runtime the server is ending; its sessions end with it, and the gate then ends
        // the commands that they started.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let command = self.command.clone();
            runtime.spawn(async move { command.end_in_time().await });
        }
    }
}

impl Command {
    async fn end_in_time(&self) -> CommandState {
        // On the heap, as everything that talks to the host: the future of a command would be
        // large.
        timeout(LONGEST, Box::pin(self.end_at_last())).await.unwrap_or(CommandState::UNSEEN)
    }

    /// Tries once more, because the connection may have been replaced.
    async fn end_at_last(&self) -> CommandState {
        match self.try_end().await {
            Ok(state) => state,
            Err(_) => self.try_end().await.unwrap_or(CommandState::UNSEEN),
        }
    }

    async fn try_end(&self) -> Result<CommandState> {
        let mut slot = self.link.slot(&Lane::Endings).await?;
        let mut seen = inspect(&mut slot, &self.exec).await?;
        if !seen.running {
            // Children that it left behind go on, as they do if its output ends first.
            return Ok(seen);
        }
        let mut signalled = self.signal(&mut slot, seen).await?;
        let deadline = Instant::now() + NOTICE;
        let mut pause = FIRST_LOOK;
        loop {
            let now = inspect(&mut slot, &self.exec).await?;
            if !now.running || Instant::now() >= deadline {
                return Ok(CommandState { signalled: Some(signalled), ..now });
            }
            if now.pid != seen.pid {
                // The engine had only begun to start it when its processes were looked for.
                signalled = signalled.join(self.signal(&mut slot, now).await?);
                seen = now;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
    }

    /// Kills the command's processes.
    async fn signal(&self, slot: &mut Slot, seen: CommandState) -> Result<Signalled> {
        let pid = Some(seen.pid).filter(|pid| seen.running && *pid > 0);
        let Some(ssh) = self.link.ssh() else { return Ok(self.locally(pid).await) };
        match ssh.way().await? {
            ApiProgram::Gate(_) => self.by_gate(slot).await,
            ApiProgram::Dial => {
                let all = ssh.script(&script(pid, &self.marker)).await?;
                Ok(Signalled { any: seen.running, all })
            }
        }
    }

    async fn locally(&self, pid: Option<u32>) -> Signalled {
        let marker = Some(self.marker.clone());
        let command =
            Id::new(self.container.as_str()).map(|container| Execution { container, pid, marker });
        let ended = tokio::task::spawn_blocking(move || {
            command.and_then(|command| end_processes(&command, SIGNALS).ok())
        });
        let ended = ended.await.ok().flatten().unwrap_or_default();
        Signalled { any: ended.ended > 0, all: ended.remaining == 0 && ended.saw_all }
    }

    async fn by_gate(&self, slot: &mut Slot) -> Result<Signalled> {
        let path = format!("/covibe/exec/{}/kill", self.exec);
        let call = Call::post(path, &json!({ "marker": self.marker.as_str() }));
        let ended: WireKill =
            slot.call(call.without_version().longer(2 * SIGNALS)).await?.json()?;
        if ended.remaining > 0 && ended.ended == 0 {
            return Err(Error::Refused);
        }
        Ok(Signalled { any: ended.ended > 0, all: ended.remaining == 0 && ended.saw_all })
    }
}

/// A script that kills the process and all that have the mark, until none is left. It consists of
/// constant words, a number and 32 hexadecimal digits.
fn script(pid: Option<u32>, marker: &Marker) -> String {
    let first = pid.map_or_else(String::new, |pid| format!("kill -KILL {pid} 2>/dev/null\n"));
    let entry = marker.entry();
    format!(
        r#"{first}for look in 1 2 3 4 5 6 7 8 9 10; do
  none=1
  for environ in /proc/[0-9]*/environ; do
    if grep -qzxF '{entry}' "$environ" 2>/dev/null; then
      none=0
      pid=${{environ#/proc/}}
      kill -KILL "${{pid%/environ}}" 2>/dev/null
    fi
  done
  [ "$none" = 1 ] && exit 0
  sleep 0.1
done
exit 1"#
    )
}
