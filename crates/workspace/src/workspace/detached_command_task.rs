//! The task of a command that runs without its client.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{CommandId, Failure, TenantId, WorkspaceId};
use covibe_store::DetachedReport;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::cells::DetachedPermit;
use crate::detached_commands::{CommandOutput, EndedCommand, OutputSink, describe};
use crate::platform::Platform;

/// The number of attempts to record the end of a command once the server stops.
const ATTEMPTS: usize = 3;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// The longest time to wait until a command that is ended was seen to end: more than the docker host's client takes for it.
const SEEN_WITHIN: Duration = Duration::from_secs(22);

/// The reason for ending a command of a server that stops.
const SERVER_STOPPED: &str = "The server was stopped.";

/// The reason for ending a command without a record.
const REMOVED: &str = "The record of the command was removed with its app or workspace.";

/// The reason for ending a command at a request, by `apps.exec_cancel` or because its tenant was suspended.
const REQUESTED: &str = "The end of the command was requested.";

/// The hint for a command that was not seen to end in time.
const UNSEEN: &str = "The end of the command was not observed. covibe-docker-gate on a docker host ends a command \
    when its connection ends; without it, the command may still be running. Check with apps.exec and ps -ef before you \
    start it again.";

/// The way in which the work of a command ended.
pub(super) type Outcome = Result<EndedCommand, Failure>;

/// A command that has a record, and runs in this process.
pub(super) struct RunningCommand {
    pub(super) platform: Arc<Platform>,
    pub(super) tenant: TenantId,
    pub(super) workspace: WorkspaceId,
    pub(super) id: CommandId,
    pub(super) output: OutputSink,
    /// Ends the work when it is cancelled.
    pub(super) cancel: CancellationToken,
    pub(super) began: Instant,
    pub(super) _permit: DetachedPermit,
    /// Lets a server that stops wait for it, from before it is checked that the server goes on.
    pub(super) _tracked: TaskTrackerToken,
}

impl RunningCommand {
    /// Waits for the end of the work, and records it unless the call that began it still waits for it. If the server
    /// stops or somebody requests the end, the work is ended.
    pub(super) async fn follow(
        self,
        work: impl Future<Output = Outcome>,
        caller: oneshot::Sender<Outcome>,
    ) {
        let mut work = Box::pin(work);
        let reason = tokio::select! {
            biased;
            outcome = &mut work => return self.answer(outcome, caller).await,
            () = self.platform.detached.stopping.cancelled() => SERVER_STOPPED,
            reason = self.report() => reason,
        };
        let outcome = self.end_work(work, reason).await;
        if reason == REQUESTED {
            // Whoever requested it waits for the record, even if the call that began the command waits, too.
            self.record(&outcome).await;
            drop(caller.send(outcome));
        } else {
            self.answer(outcome, caller).await;
        }
    }

    /// Hands the outcome to the call that began the command, or records it if that no longer waits.
    async fn answer(&self, outcome: Outcome, caller: oneshot::Sender<Outcome>) {
        match caller.send(outcome) {
            Ok(()) => self.forget().await,
            Err(outcome) => self.record(&outcome).await,
        }
    }

    async fn record(&self, outcome: &Outcome) {
        match outcome {
            Ok(ended) => self.record_end(ended).await,
            Err(failure) => self.record_end(&self.ended_without_code(describe(failure))).await,
        }
    }

    fn ended_without_code(&self, hint: String) -> EndedCommand {
        EndedCommand::without_code(hint, self.output.read(), self.began.elapsed())
    }

    /// Ends the work for a reason, and waits until it was seen to end.
    async fn end_work(
        &self,
        work: Pin<Box<impl Future<Output = Outcome>>>,
        reason: &str,
    ) -> Outcome {
        self.cancel.cancel();
        match tokio::time::timeout(SEEN_WITHIN, work).await {
            Ok(Ok(ended)) if ended.result.canceled => Ok(ended.explained_by(reason)),
            Ok(Err(failure)) => {
                Err(Failure { message: format!("{reason} {}", failure.message), ..failure })
            }
            Ok(outcome) => outcome,
            Err(_) => Ok(self.ended_without_code(UNSEEN.to_owned()).explained_by(reason)),
        }
    }

    /// Renews the record again and again, with the output so far. Returns the reason for which the command is to be
    /// ended.
    async fn report(&self) -> &'static str {
        let detached = &self.platform.detached;
        let mut request = pin!(detached.cancel_requested.notified());
        loop {
            // If another process got the request, the next report says so.
            let next = tokio::time::sleep(self.platform.settings().detached.reported_every);
            tokio::select! {
                () = next => {}
                () = &mut request => request.set(detached.cancel_requested.notified()),
            }
            let output = self.output.take_new();
            match self.note(output.as_ref()).await {
                Ok(DetachedReport::Recorded) => {}
                Ok(DetachedReport::CancelRequested) => return REQUESTED,
                Ok(DetachedReport::Removed) => return REMOVED,
                Err(error) => {
                    tracing::warn!(%error, id = %self.id, "the state of a detached command could not be recorded");
                    self.output.mark_new();
                }
            }
        }
    }

    async fn note(&self, output: Option<&CommandOutput>) -> Result<DetachedReport, Failure> {
        let sealed = self.seal(output)?;
        let mut tx = self.platform.store.tenant(&self.tenant).await?;
        let noted = tx.note_detached_command(&self.workspace, &self.id, sealed.as_deref()).await?;
        tx.commit().await?;
        Ok(noted)
    }

    fn seal(&self, output: Option<&CommandOutput>) -> Result<Option<String>, Failure> {
        let secrets = &self.platform.secrets;
        let sealed = output.map(|output| output.seal(secrets, &self.workspace, &self.id));
        sealed.transpose().map(Option::flatten)
    }

    /// Records the end, and tries until it succeeds or the server stops: then the command is reported as lost later.
    async fn record_end(&self, ended: &EndedCommand) {
        let mut last_attempts = 0;
        while let Err(error) = self.try_record_end(ended).await {
            tracing::warn!(%error, id = %self.id, "the end of a command could not be recorded");
            last_attempts += usize::from(self.platform.detached.stopping.is_cancelled());
            if last_attempts >= ATTEMPTS {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.platform.detached.ended.notify_waiters();
    }

    async fn try_record_end(&self, ended: &EndedCommand) -> Result<(), Failure> {
        let result = serde_json::to_string(&ended.result).unwrap_or_default();
        let sealed = self.seal(Some(&ended.output))?;
        let mut tx = self.platform.store.tenant(&self.tenant).await?;
        tx.end_detached_command(&self.workspace, &self.id, &result, sealed.as_deref()).await?;
        Ok(tx.commit().await?)
    }

    /// Removes the record of a command whose end was answered at once, or which was not started.
    pub(super) async fn forget(&self) {
        let forgotten = async {
            let mut tx = self.platform.store.tenant(&self.tenant).await?;
            tx.delete_detached_command(&self.workspace, &self.id).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(
                %error,
                id = %self.id,
                "a command ended at once, but its record could not be removed"
            );
        }
    }
}
