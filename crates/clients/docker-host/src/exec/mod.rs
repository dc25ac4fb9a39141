//! Running a command in a container, and ending it with all its children.

mod command;
mod command_run;
mod output;
mod request;
mod termination;

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use self::termination::KILLED;
use crate::calls::{ContainerDetails, inspect_container};
use crate::container_owner::ContainerId;
use crate::container_states::{CommandEnd, Status};
use crate::engine_http::Stream;
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::link::Slot;

pub use command::{DRAIN_LIMIT, Exec, Executed, NotStarted};
pub use output::OutputBuffer;

/// The number of further looks at a container whose command was killed by something else.
const LOOKS: usize = 5;

/// The pause before each of these looks.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest look at the container of a canceled command.
const LAST_LOOK: Duration = Duration::from_secs(2);

impl DockerHost {
    /// Runs a command in a running container and waits for its end. `on_output` gets every part of
    /// the output as it arrives, also those that are not kept.
    ///
    /// It returns at most two seconds after [`Exec::timeout`], also where the command can't be ended.
    /// [`Exec::cancel`] ends the command before: then it returns as soon as the command was seen to
    /// end, at most 20 seconds later.
    ///
    /// If the future is dropped, the command is ended in the background.
    ///
    /// # Errors
    /// [`crate::Error::Canceled`] if it was canceled before it was started.
    /// [`crate::Error::NotRunning`] if the container does not run: an exit code is the command's own.
    /// [`crate::Error::LostDuring`] if the connection ends first; the command is ended then, if the
    /// host can be reached again.
    pub async fn exec(
        &self,
        id: &ContainerId,
        exec: Exec,
        on_output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<Executed> {
        let body = request::ExecRequest::from_exec(&exec)?;
        let mut slot = tokio::select! {
            biased;
            () = exec.cancel.cancelled() => return Err(Error::Canceled),
            slot = self.slot() => slot?,
        };
        let started = command_run::start(self.link(), &mut slot, id, &body).await?;
        let limits = started.limits(exec.timeout);
        let executed = started.finish(&mut slot, &exec, limits, on_output).await?;
        // By the same session: behind the commands that wait for one, this one's output would wait in memory.
        let looking = look_after(&mut slot, id, &executed);
        // A canceled command may have had an hour left.
        let until = if executed.canceled { Instant::now() + LAST_LOOK } else { limits.answer };
        let container = timeout_at(until, looking).await.ok().and_then(Result::ok);
        Ok(Executed { container, ..executed })
    }
}

/// Looks at a container after a command. A command that ended with SIGKILL by itself was killed by
/// something else: then the container may be ending, which the engine does not show for a moment.
async fn look_after(
    slot: &mut Slot,
    id: &ContainerId,
    executed: &Executed,
) -> Result<ContainerDetails> {
    let is_killed = executed.ended == CommandEnd::Exited && executed.code == Some(KILLED);
    let mut state = inspect_container(slot, id).await?;
    for _ in 0..if is_killed { LOOKS } else { 0 } {
        if state.status != Status::Running {
            break;
        }
        sleep(PAUSE).await;
        state = inspect_container(slot, id).await?;
    }
    Ok(state)
}
