//! Running a command in a container, and ending it with all its children.

mod command;
mod ending;
mod output;
mod request;
mod run;

use tokio::time::timeout_at;

use crate::calls::inspect_container;
use crate::error::Result;
use crate::host::DockerHost;
use crate::owner::ContainerId;
use crate::wire::Stream;

pub use command::{DRAIN_LIMIT, Exec, Executed};

impl DockerHost {
    /// Runs a command in a running container and waits for its end. `on_output` sees every part of the
    /// output as it arrives, also what is not kept.
    ///
    /// It returns at most two seconds after [`Exec::timeout`], also where the command can't be ended.
    ///
    /// If the future is dropped, the command is ended in the background.
    ///
    /// # Errors
    /// [`crate::Error::NotRunning`] if the container does not run: an exit code is the command's own.
    /// [`crate::Error::LostDuring`] if the connection ends first; the command is ended then, if the
    /// host can be reached again.
    pub async fn exec(
        &self,
        id: &ContainerId,
        exec: Exec,
        on_output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<Executed> {
        let body = request::Body::of(&exec)?;
        let mut slot = self.slot().await?;
        let started = run::start(self.link(), &mut slot, id, &body).await?;
        let limits = started.limits(exec.timeout);
        let executed = started.finish(&mut slot, &exec, limits, on_output).await?;
        // By the same session: behind the commands that wait for one, this one's output would wait in memory.
        let container = timeout_at(limits.answer, inspect_container(&mut slot, id)).await;
        let container = container.ok().and_then(Result::ok);
        Ok(Executed { container, ..executed })
    }
}
