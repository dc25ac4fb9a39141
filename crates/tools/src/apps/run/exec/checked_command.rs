//! A checked command and the container that it runs in.

use covibe_docker_host::{Exec, Executed, NotStarted};
use covibe_domain::Failure;
use covibe_workspace::{EndedCommand, OnHost, OutputSink, OwnContainer};
use tokio_util::sync::CancellationToken;

use super::answer::to_ended;
use super::container_command::{Bounds, Command};
use super::errors::no_shell;

/// A command, its container and its limits.
pub(super) struct Work {
    pub(super) host: OnHost,
    pub(super) container: OwnContainer,
    pub(super) command: Command,
    pub(super) bounds: Bounds,
}

impl Work {
    /// Runs the command by the container's shell; in an image without a shell, directly.
    pub(super) async fn run<R: Future<Output = Result<Executed, Failure>>>(
        &self,
        execute: impl Fn(Exec) -> R,
    ) -> Result<Executed, Failure> {
        let executed = execute(self.command.for_shell(&self.bounds)).await?;
        if executed.not_started != Some(NotStarted::NoProgram) {
            return Ok(executed);
        }
        let Some(direct) = self.command.without_shell(&self.bounds) else { return Err(no_shell()) };
        execute(direct).await
    }

    /// Runs the command without a client to its end, or until it is canceled, and hands its output over as it comes.
    pub(super) async fn run_into(
        mut self,
        output: OutputSink,
        cancel: CancellationToken,
    ) -> Result<EndedCommand, Failure> {
        self.bounds.cancel = cancel;
        let executed = self.run(|command| self.execute_into(&output, command)).await?;
        Ok(to_ended(executed))
    }

    async fn execute_into(&self, output: &OutputSink, command: Exec) -> Result<Executed, Failure> {
        // Before the second attempt, it is the engine's words about the first.
        output.clear();
        self.host.exec(&self.container, command, |stream, part| output.push(stream, part)).await
    }
}
