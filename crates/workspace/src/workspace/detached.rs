//! The records of commands that run without their clients: written, read and removed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{CommandId, Failure, boxed};
use covibe_policy::{Boundary, Owned};
use covibe_store::{DetachedCommand, DetachedLimits, NewDetachedCommand};
use tokio::sync::futures::Notified;
use tokio::sync::oneshot;

use super::Workspace;
use super::detached_task::{Outcome, RunningCommand};
use crate::detached::{
    CommandOutput, CommandState, DetachedRun, EndedCommand, MAX_KEPT, MAX_RUNNING, OutputSink,
    ReportedCommand, too_many, unknown_command,
};
use crate::scoped::{Hosted, OwnContainer};

/// The time before the deadline of a call at which it stops waiting for a command.
const LAST_LOOK: Duration = Duration::from_secs(5);

impl Workspace {
    /// Runs a command of a container in a task of this server, whatever becomes of the client. Returns its end if it
    /// ends soon, and its id otherwise.
    ///
    /// # Errors
    ///
    /// Limited if too many such commands run, and unready if the server stops: nothing was run then. The failure of the
    /// work if it fails soon.
    pub async fn run_detached(
        &self,
        (resource, container): (&Hosted, &OwnContainer),
        output: OutputSink,
        work: impl Future<Output = Result<EndedCommand, Failure>> + Send + 'static,
    ) -> Result<DetachedRun, Failure> {
        let (running, id) = self.admit_detached((resource, container), &output).await?;
        let (began, (caller, answer)) = (running.began, oneshot::channel());
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
        (resource, container): (&Hosted, &OwnContainer),
        output: &OutputSink,
    ) -> Result<(RunningCommand, CommandId), Failure> {
        self.platform.detached.check_open()?;
        let permit = self.detached_permit()?;
        let id = CommandId::from_random(covibe_crypto::random());
        let new = NewDetachedCommand {
            id: id.clone(),
            workspace: self.id().clone(),
            resource: resource.uuid().to_owned(),
            container: container.name().to_owned(),
            service: resource.is_compose().then(|| container.service().to_owned()),
        };
        self.insert_detached(&new).await?;
        let running = RunningCommand {
            platform: Arc::clone(&self.platform),
            tenant: self.tenant().clone(),
            workspace: new.workspace,
            id: new.id,
            output: output.clone(),
            began: Instant::now(),
            _permit: permit,
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

    /// Returns a command of a resource as it was reported last. If it runs, waits this long for its end.
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
    ) -> Result<ReportedCommand, Failure> {
        let latest = self.deadline().checked_sub(LAST_LOOK).unwrap_or_else(Instant::now);
        let until = (Instant::now() + wait).min(latest);
        while Instant::now() < until {
            let ended = self.platform.detached.ended.notified();
            if !self.runs_detached(resource, id).await?
                || !self.rest_before_look(ended, until).await
            {
                break;
            }
        }
        self.open_detached(&self.read_detached(resource, id).await?)
    }

    /// Returns whether a command runs, without reading its output.
    async fn runs_detached(&self, resource: &Hosted, id: &CommandId) -> Result<bool, Failure> {
        let lost_after = self.settings().detached.lost_after;
        let mut tx = self.platform.store.tenant_read(self.tenant()).await?;
        let runs = tx.detached_command_runs(self.id(), resource.uuid(), id, lost_after).await?;
        tx.commit().await?;
        Ok(runs)
    }

    /// Waits until a command of this server has ended, or another server may have recorded an end. Returns whether there
    /// is time for another look.
    async fn rest_before_look(&self, ended: Notified<'_>, until: Instant) -> bool {
        let next = Instant::now() + self.settings().poll_interval;
        tokio::select! {
            () = self.client().gone.cancelled() => false,
            () = ended => true,
            () = tokio::time::sleep_until(next.min(until).into()) => next < until,
        }
    }

    async fn read_detached(
        &self,
        resource: &Hosted,
        id: &CommandId,
    ) -> Result<Owned<DetachedCommand>, Failure> {
        let mut tx = self.platform.store.tenant_read(self.tenant()).await?;
        let found = tx.detached_command(self.id(), resource.uuid(), id).await?;
        tx.commit().await?;
        let found = found.ok_or_else(|| unknown_command(id))?;
        Boundary::Workspace(self.id().clone()).admit(found)
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

    fn open_detached(&self, command: &Owned<DetachedCommand>) -> Result<ReportedCommand, Failure> {
        let state = self.detached_state(command);
        let secrets = &self.platform.secrets;
        let open = |sealed: &String| CommandOutput::open(secrets, self.id(), &command.id, sealed);
        let since =
            if state == CommandState::Running { command.unseen_for } else { Duration::ZERO };
        Ok(ReportedCommand {
            container: command.container.clone(),
            service: command.service.clone(),
            output: command.output.as_ref().map(open).transpose()?.unwrap_or_default(),
            ran_for: command.ran_for + since,
            state,
        })
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
            tracing::warn!(%error, resource, "the records of a deleted resource's commands stay");
        }
    }
}
