//! The journal of one run: each stage is recorded before it starts and after it ended, under the
//! lease of the run.

use std::time::{Duration, Instant};

use covibe_domain::entities::{ProvisionStatus, Step, StepState};
use covibe_domain::{Failure, Kind, Timestamp};
use covibe_store::WorkspaceRecord;

use super::ground::Ended;
use super::lease::{Interruption, Lease};
use super::stage::Stage;
use crate::audit::Author;
use crate::clock::{between, later};

/// The journal of a run.
pub(super) struct Journal<'a> {
    pub(super) lease: &'a Lease<'a>,
    pub(super) author: &'a Author,
    /// The steps as earlier runs left them.
    pub(super) earlier: Vec<Step>,
}

impl Journal<'_> {
    /// Records that a stage is about to start.
    ///
    /// If an earlier run died in it, an upstream may still be creating something that could not be
    /// found yet, so this waits for as long as that may take.
    pub(super) async fn begin(
        &self,
        stage: Stage,
        record: &WorkspaceRecord,
    ) -> Result<Start, Interruption> {
        let earlier = self.earlier.iter().find(|step| step.name == stage.as_str());
        if let Some(step) = earlier.filter(|step| step.state == StepState::Started) {
            tokio::time::sleep(self.left_of(step).await?).await;
        }
        let start = Start { at: Timestamp::now(), clock: Instant::now() };
        let step = step(stage, StepState::Started, &start, None);
        self.write(record, &step).await?;
        Ok(start)
    }

    /// Returns how long an upstream may still be working for a stage that an earlier run left.
    async fn left_of(&self, step: &Step) -> Result<Duration, Interruption> {
        let late = self.lease.platform.settings().late;
        let mut tx = self.lease.transaction().await?;
        let now = tx.now().await?;
        tx.commit().await?;
        // A time to come was written by a clock that was wrong.
        Ok(between(now, later(step.at, late)).min(late))
    }

    /// Deletes what an earlier run recorded of a stage that this run does not include: the outcome of
    /// an earlier rotation says nothing about the workspace now.
    pub(super) async fn forget(&self, stage: Stage) -> Result<(), Interruption> {
        if !self.earlier.iter().any(|step| step.name == stage.as_str()) {
            return Ok(());
        }
        self.delete(stage).await
    }

    /// Deletes the step of a stage.
    pub(super) async fn delete(&self, stage: Stage) -> Result<(), Interruption> {
        let mut tx = self.lease.transaction().await?;
        tx.delete_step(&self.lease.run.workspace, stage.as_str()).await?;
        Ok(tx.commit().await?)
    }

    /// Records how a stage ended and what it created, in the journal and in the audit.
    pub(super) async fn end(
        &self,
        stage: Stage,
        start: &Start,
        ended: &Result<Ended, Failure>,
        record: &WorkspaceRecord,
    ) -> Result<(), Interruption> {
        let failure = match ended {
            Ok(Ended::Without(why)) => Some(why),
            other => other.as_ref().err(),
        };
        let reached = match failure {
            None => StepState::Done,
            // It may still take effect: the next run has to wait for that.
            Some(failure) if failure.is_in_doubt() && failure.kind == Kind::Timeout => {
                StepState::Started
            }
            Some(_) => StepState::Failed,
        };
        self.write(record, &step(stage, reached, start, failure)).await?;
        let outcome = failure.map_or("ok", |failure| failure.kind.code());
        let name = format!("provision.{}", stage.as_str());
        let entry =
            self.author.entry(record, &self.lease.run.id, &name, outcome, start.clock.elapsed());
        Ok(self.lease.platform.auditor().record(entry).await?)
    }

    async fn write(&self, record: &WorkspaceRecord, step: &Step) -> Result<(), Interruption> {
        let mut tx = self.lease.transaction().await?;
        // By the clock that the next run, which may be another server's, compares it with.
        let step = Step { at: tx.now().await?, ..step.clone() };
        tx.put_step(&record.id, &step).await?;
        tx.update_workspace(record).await?;
        Ok(tx.commit().await?)
    }
}

/// When a stage started.
pub(super) struct Start {
    at: Timestamp,
    clock: Instant,
}

/// Returns the status of the workspace after a stage.
pub(super) fn status(
    before: ProvisionStatus,
    stage: Stage,
    ended: &Result<Ended, Failure>,
) -> ProvisionStatus {
    match ended {
        // A workspace stays ready while a run checks it.
        _ if before == ProvisionStatus::Ready => before,
        Err(_) => ProvisionStatus::Failed,
        Ok(_) if stage == Stage::OldTokens => ProvisionStatus::Ready,
        Ok(_) => ProvisionStatus::Partial,
    }
}

fn step(of: Stage, state: StepState, start: &Start, failure: Option<&Failure>) -> Step {
    Step {
        name: of.as_str().to_owned(),
        state,
        started_at: Some(start.at),
        at: Timestamp::now(),
        error: failure.map(|failure| failure.message.clone()),
        hint: failure.and_then(|failure| failure.hint.clone()),
    }
}
