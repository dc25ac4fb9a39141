//! The journal of one run: each stage before it is taken and after, with the lease that it is taken
//! under.

use std::time::{Duration, Instant};

use covibe_domain::entities::{ProvisionStatus, Step, StepState};
use covibe_domain::{Failure, Kind, Timestamp};
use covibe_store::WorkspaceRecord;

use super::lease::Lease;
use super::stage::Stage;
use crate::creation::left;
use crate::entry::By;
use crate::now;

/// The journal of a run.
pub(super) struct Journal<'a> {
    pub(super) lease: &'a Lease<'a>,
    pub(super) by: &'a By,
    /// The steps as earlier runs left them.
    pub(super) earlier: Vec<Step>,
}

impl Journal<'_> {
    /// Writes down that a stage is about to be taken.
    ///
    /// Where an earlier run was broken off in it, an upstream may still be at work: what it makes
    /// would not be found yet, so this waits as long as it may take.
    pub(super) async fn begin(
        &self,
        stage: Stage,
        record: &WorkspaceRecord,
    ) -> Result<Begun, Failure> {
        let earlier = self.earlier.iter().find(|step| step.name == stage.as_str());
        if let Some(step) = earlier.filter(|step| step.state == StepState::Started) {
            tokio::time::sleep(left(later(step.at, self.lease.platform.settings.late))).await;
        }
        let began = Begun { at: now(), clock: Instant::now() };
        let step = step(stage, StepState::Started, &began, None);
        self.write(record, &step).await?;
        Ok(began)
    }

    /// Forgets what an earlier run wrote of a stage that this one does not come by: how a rotation
    /// ended then says nothing of the workspace now.
    pub(super) async fn forget(&self, stage: Stage) -> Result<(), Failure> {
        if !self.earlier.iter().any(|step| step.name == stage.as_str()) {
            return Ok(());
        }
        let mut tx = self.lease.held().await?;
        tx.delete_step(&self.lease.run.workspace, stage.as_str()).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down how it ended, with what it has made: in the journal, and in the audit.
    pub(super) async fn end(
        &self,
        stage: Stage,
        began: &Begun,
        taken: &Result<(), Failure>,
        record: &WorkspaceRecord,
    ) -> Result<(), Failure> {
        let failure = taken.as_ref().err();
        let reached = match failure {
            None => StepState::Done,
            // Its effect may come yet: the next run has to wait for it.
            Some(failure) if failure.is_in_doubt() && failure.kind == Kind::Timeout => {
                StepState::Started
            }
            Some(_) => StepState::Failed,
        };
        self.write(record, &step(stage, reached, began, failure)).await?;
        let outcome = failure.map_or("ok", |failure| failure.kind.code());
        let name = format!("provision.{}", stage.as_str());
        let entry =
            self.by.entry(record, &self.lease.run.id, &name, outcome, began.clock.elapsed());
        self.lease.platform.auditor.record(entry).await
    }

    async fn write(&self, record: &WorkspaceRecord, step: &Step) -> Result<(), Failure> {
        let mut tx = self.lease.held().await?;
        tx.put_step(&record.id, step).await?;
        tx.update_workspace(record).await?;
        Ok(tx.commit().await?)
    }
}

/// When a stage began.
pub(super) struct Begun {
    at: Timestamp,
    clock: Instant,
}

/// What the workspace is after a stage.
pub(super) fn status(
    before: ProvisionStatus,
    stage: Stage,
    taken: &Result<(), Failure>,
) -> ProvisionStatus {
    match taken {
        // A workspace that works goes on working while it is looked over.
        _ if before == ProvisionStatus::Ready => before,
        Err(_) => ProvisionStatus::Failed,
        Ok(()) if stage == Stage::OldTokens => ProvisionStatus::Ready,
        Ok(()) => ProvisionStatus::Partial,
    }
}

fn step(of: Stage, state: StepState, began: &Begun, failure: Option<&Failure>) -> Step {
    Step {
        name: of.as_str().to_owned(),
        state,
        started_at: Some(began.at),
        at: now(),
        error: failure.map(|failure| failure.message.clone()),
        hint: failure.and_then(|failure| failure.hint.clone()),
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}
