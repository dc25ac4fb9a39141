//! The records of commands that run without their clients: written, read and removed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{CommandId, Failure, boxed};
use covibe_policy::{Boundary, Owned};
use covibe_store::{DetachedCommand, DetachedLimits, NewDetachedCommand};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Workspace;
use super::detached_command_task::{Outcome, RunningCommand};
use crate::audit::audited_text;
use crate::detached_commands::{
    CommandOutput, CommandState, DetachedRun, EndedCommand, MAX_KEPT, MAX_RUNNING, OutputSink,
    ReportedCommand, too_many, unknown_command,
};
use crate::scoped::{Hosted, OwnContainer};

/// The time before the deadline of a call at which it stops waiting for a command.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// The time within which the server of a command learns that it is to be ended, ends it and records its end.
const CANCELED_WITHIN: Duration = Duration::from_secs(30);

impl Workspace {
    /// Runs a command of a container in a task of this server, whatever becomes of the client. Returns its end if it
    /// ends soon, and its id otherwise. The text of the command is recorded as in the audit. The work gets a token that
    /// is cancelled when it is to end.
    ///
    /// # Errors
    ///
    /// Limited if too many such commands run, and unready if the server stops: nothing was run then. The failure of the
    /// work if it fails soon.
    pub async fn run_detached<W>(
        &self,
        (resource, container, command): (&Hosted, &OwnContainer, &str),
        output: OutputSink,
        start_work: impl FnOnce(CancellationToken) -> W,
    ) -> Result<DetachedRun, Failure>
    where
        W: Future<Output = Result<EndedCommand, Failure>> + Send + 'static,
    {
        let (running, id) = self.admit_detached((resource, container, command), &output).await?;
        let (began, (caller, answer)) = (running.began, oneshot::channel());
        let work = start_work(running.cancel.clone());
        self.platform.detached.tasks.spawn(running.follow(work, caller));
        if let Some(outcome) = self.await_outcome(answer).await {
            return outcome.map(DetachedRun::Ended);
        }
        let (output, ran_for) = (output.read(), began.elapsed());
        Ok(DetachedRun::Running { id, output, ran_for })
    }

    /// Takes the permit of a command and writes its record.
    async fn admit_detached(
        &self,
        (resource, container, command): (&Hosted, &OwnContainer, &str),
        output: &OutputSink,
    ) -> Result<(RunningCommand, CommandId), Failure> {
        let tracked = self.platform.detached.tasks.token();
        self.platform.detached.check_open()?;
        let permit = self.detached_permit()?;
        let id = CommandId::from_random(covibe_crypto::random());
        let new = NewDetachedCommand {
            id: id.clone(),
            workspace: self.id().clone(),
            resource: resource.uuid().to_owned(),
            container: container.name().to_owned(),
            service: resource.is_compose().then(|| container.service().to_owned()),
            command: audited_text(command),
        };
        self.insert_detached(&new).await?;
        let running = RunningCommand {
            platform: Arc::clone(&self.platform),
            tenant: self.tenant().clone(),
            workspace: new.workspace,
            id: new.id,
            output: output.clone(),
            cancel: CancellationToken::new(),
            began: Instant::now(),
            _permit: permit,
            _tracked: tracked,
        };
        // A server that has begun to stop meanwhile would not wait for it.
        if let Err(stopping) = self.platform.detached.check_open() {
            running.forget().await;
            return Err(stopping);
        }
        Ok((running, id))
    }

    async fn insert_detached(&self, new: &NewDetachedCommand) -> Result<(), Failure> {
        let lost_after = self.settings().detached.lost_after;
        let limits = DetachedLimits { running: MAX_RUNNING, kept: MAX_KEPT, lost_after };
        let mut tx = self.platform.store.tenant(self.tenant()).await?;
        if !tx.insert_detached_command(new, limits).await? {
            return Err(too_many(MAX_RUNNING));
        }
        Ok(tx.commit().await?)
    }

    /// Waits a moment for the end of a command; `None` if it runs on.
    async fn await_outcome(&self, mut answer: oneshot::Receiver<Outcome>) -> Option<Outcome> {
        let soon = self.settings().detached.answered_after;
        if let Ok(outcome) = tokio::time::timeout(soon, &mut answer).await {
            return outcome.ok();
        }
        answer.close();
        answer.try_recv().ok()
    }

    /// Returns a command of a resource and its output, which of a running one are some seconds old. If it runs, waits this
    /// long for its end.
    ///
    /// # Errors
    ///
    /// Not found if the resource has no such command, or it ended more than a day ago.
    #[boxed]
    pub async fn detached_command(
        &self,
        resource: &Hosted,
        id: &CommandId,
        wait: Duration,
    ) -> Result<(ReportedCommand, CommandOutput), Failure> {
        let latest = self.deadline().checked_sub(LAST_LOOK).unwrap_or_else(Instant::now);
        let until = (Instant::now() + wait).min(latest);
        while Instant::now() < until {
            let ended = self.platform.detached.ended.notified();
            if !self.runs_detached(resource, id).await? {
                break;
            }
            let rest = self.rest_before_look(self.settings().poll_interval, until);
            // A command of this server has ended, or another server may have recorded an end.
            let has_time = tokio::select! { () = ended => true, has_time = rest => has_time };
            if !has_time {
                break;
            }
        }
        let (command, output) = self.read_detached(resource, id).await?;
        let output = self.open_output(&command, output.as_deref())?;
        Ok((self.to_reported(&command), output))
    }

    /// Requests that a command of a resource ends, and waits until it was seen to end, or has no time left. A command
    /// that has ended stays as it is.
    ///
    /// # Errors
    ///
    /// Not found as for [`Self::detached_command`].
    #[boxed]
    pub async fn cancel_detached_command(
        &self,
        resource: &Hosted,
        id: &CommandId,
    ) -> Result<(ReportedCommand, CommandOutput), Failure> {
        let mut tx = self.platform.store.tenant(self.tenant()).await?;
        let is_requested = tx.cancel_detached_command(self.id(), resource.uuid(), id).await?;
        tx.commit().await?;
        if is_requested {
            self.platform.detached.cancel_requested.notify_waiters();
        }
        self.detached_command(resource, id, CANCELED_WITHIN).await
    }

    /// Returns the commands of a resource that run or ended in the last day, the newest first.
    #[boxed]
    pub async fn detached_commands(
        &self,
        resource: &Hosted,
    ) -> Result<Vec<ReportedCommand>, Failure> {
        let mut tx = self.platform.store.tenant_read(self.tenant()).await?;
        let found = tx.detached_commands(self.id(), resource.uuid()).await?;
        tx.commit().await?;
        let boundary = Boundary::Workspace(self.id().clone());
        found.into_iter().map(|it| Ok(self.to_reported(&boundary.admit(it)?))).collect()
    }

    /// Returns whether a command runs, without reading its output.
    async fn runs_detached(&self, resource: &Hosted, id: &CommandId) -> Result<bool, Failure> {
        let lost_after = self.settings().detached.lost_after;
        let mut tx = self.platform.store.tenant_read(self.tenant()).await?;
        let runs = tx.detached_command_runs(self.id(), resource.uuid(), id, lost_after).await?;
        tx.commit().await?;
        Ok(runs)
    }

    async fn read_detached(
        &self,
        resource: &Hosted,
        id: &CommandId,
    ) -> Result<(Owned<DetachedCommand>, Option<String>), Failure> {
        let mut tx = self.platform.store.tenant_read(self.tenant()).await?;
        let found = tx.detached_command(self.id(), resource.uuid(), id).await?;
        tx.commit().await?;
        let (command, output) = found.ok_or_else(|| unknown_command(id))?;
        Ok((Boundary::Workspace(self.id().clone()).admit(command)?, output))
    }

    fn detached_state(&self, command: &DetachedCommand) -> CommandState {
        let lost_after = self.settings().detached.lost_after;
        match (command.ended_at, &command.result) {
            (Some(_), result) => {
                let result = result.as_deref().and_then(|text| serde_json::from_str(text).ok());
                CommandState::Ended(result.unwrap_or_default())
            }
            (None, _) if command.unseen_for > lost_after => CommandState::Lost,
            (None, _) => CommandState::Running,
        }
    }

    fn to_reported(&self, command: &Owned<DetachedCommand>) -> ReportedCommand {
        let state = self.detached_state(command);
        let since =
            if state == CommandState::Running { command.unseen_for } else { Duration::ZERO };
        ReportedCommand {
            id: command.id.clone(),
            container: command.container.clone(),
            service: command.service.clone(),
            command: command.command.clone(),
            started_at: command.started_at,
            ran_for: command.ran_for + since,
            state,
        }
    }

    fn open_output(
        &self,
        command: &Owned<DetachedCommand>,
        sealed: Option<&str>,
    ) -> Result<CommandOutput, Failure> {
        let Some(sealed) = sealed else { return Ok(CommandOutput::default()) };
        CommandOutput::open(&self.platform.secrets, self.id(), &command.id, sealed)
    }

    /// Removes the records of a resource's commands, because it is gone. If that fails, they stay for a day: no other
    /// resource ever has its uuid.
    #[boxed]
    pub async fn forget_commands(&self, resource: &str) {
        let forgotten = async {
            let mut tx = self.platform.store.tenant(self.tenant()).await?;
            tx.delete_detached_commands(self.id(), resource).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, resource, "the records of a deleted resource's commands remain");
        }
    }
}
