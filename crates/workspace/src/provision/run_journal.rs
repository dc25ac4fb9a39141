//! The journal of one run: each stage is recorded before it starts and after it ended, under the lease of the run. The
//! end of a stage is written together with the start of the next one, which does not start before the end is in the
//! audit.

use std::time::{Duration, Instant};

use covibe_domain::entities::{ProvisionStatus, Step, StepState};
use covibe_domain::{Failure, Kind, Timestamp};
use covibe_store::{AuditEntry, WorkspaceRecord};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::run_context::StageOutcome;
use super::run_lease::{Interruption, Lease};
use super::run_stages::Stage;
use crate::audit::Author;
use crate::clock::{time_after, time_between};

/// The journal of a run.
pub(super) struct Journal<'a> {
    pub(super) lease: &'a Lease<'a>,
    pub(super) author: &'a Author,
    /// The steps as earlier runs left them.
    pub(super) earlier: Vec<Step>,
    /// The workspace as it was stored last.
    pub(super) stored: WorkspaceRecord,
}

/// A change of the journal, which is written together with the next one: each commit waits for the disk.
pub(super) enum StepChange {
    /// A step has this state.
    Put(Step),
    /// Deletes the step of a stage that this run does not include or did not need: the record of an earlier run says
    /// nothing about the workspace now.
    Delete(Stage),
}

/// The changes since the journal was last written.
#[derive(Default)]
pub(super) struct PendingChanges {
    pub(super) changes: Vec<StepChange>,
    /// The audit entry of the stage that has ended.
    entry: Option<AuditEntry>,
}

impl Journal<'_> {
    /// Writes the changes, and records that a stage is about to start.
    ///
    /// If an earlier run died in the stage, an upstream may still be creating something that could not be found yet, so
    /// this waits for as long as that may take.
    pub(super) async fn begin(
        &mut self,
        stage: Stage,
        record: &WorkspaceRecord,
        mut passed: PendingChanges,
    ) -> Result<StageStart, Interruption> {
        let is_left =
            |step: &&Step| step.name == stage.as_str() && step.state == StepState::Started;
        if let Some(left_at) = self.earlier.iter().find(is_left).map(|step| step.at) {
            let now = self.write(record, std::mem::take(&mut passed)).await?;
            let late = self.lease.platform.settings().late;
            // A time to come was written by a clock that was wrong.
            tokio::time::sleep(time_between(now, time_after(left_at, late)).min(late)).await;
        }
        let start = StageStart { at: Timestamp::now(), clock: Instant::now() };
        passed.changes.push(StepChange::Put(step(stage, StepState::Started, &start, None)));
        self.write(record, passed).await?;
        Ok(start)
    }

    /// Returns the change of a stage that this run does not include.
    pub(super) fn omitted_change(&self, stage: Stage) -> Option<StepChange> {
        let is_known = self.earlier.iter().any(|step| step.name == stage.as_str());
        is_known.then_some(StepChange::Delete(stage))
    }

    /// Returns the changes for a stage that has ended.
    pub(super) fn ended_changes(
        &self,
        stage: Stage,
        start: &StageStart,
        ended: &Result<StageOutcome, Failure>,
        record: &WorkspaceRecord,
    ) -> PendingChanges {
        let failure = match ended {
            Ok(StageOutcome::Without(why)) => Some(why),
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
        let outcome = failure.map_or("ok", Failure::outcome);
        let name = format!("provision.{}", stage.as_str());
        let entry =
            self.author.entry(record, &self.lease.run.id, &name, outcome, start.clock.elapsed());
        let changes = vec![StepChange::Put(step(stage, reached, start, failure))];
        PendingChanges { changes, entry: Some(entry) }
    }

    /// Writes the changes to the journal and to the audit, and the record of the workspace. Returns the time, by the
    /// clock that the next run, which may be another server's, compares the steps with.
    pub(super) async fn write(
        &mut self,
        record: &WorkspaceRecord,
        passed: PendingChanges,
    ) -> Result<Timestamp, Interruption> {
        let PendingChanges { changes, entry } = passed;
        let auditor = self.lease.platform.auditor();
        let audited = async {
            match entry {
                Some(entry) => auditor.record(entry).await,
                None => Ok(()),
            }
        };
        let (stored, audited) = tokio::join!(self.store(record, changes), audited);
        let at = stored?;
        audited?;
        Ok(at)
    }

    async fn store(
        &mut self,
        record: &WorkspaceRecord,
        changes: Vec<StepChange>,
    ) -> Result<Timestamp, Interruption> {
        let (mut tx, at) = self.lease.transaction().await?;
        for change in changes {
            match change {
                StepChange::Put(step) => tx.put_step(&record.id, &Step { at, ..step }).await?,
                StepChange::Delete(stage) => tx.delete_step(&record.id, stage.as_str()).await?,
            }
        }
        let is_stored = self.stored == *record;
        if !is_stored {
            tx.update_workspace(record).await?;
        }
        tx.commit().await?;
        if !is_stored {
            record.clone_into(&mut self.stored);
        }
        Ok(at)
    }
}

/// The time when a stage started.
pub(super) struct StageStart {
    at: Timestamp,
    clock: Instant,
}

/// Returns the status of the workspace after a stage.
pub(super) fn status(
    before: ProvisionStatus,
    stage: Stage,
    ended: &Result<StageOutcome, Failure>,
) -> ProvisionStatus {
    match ended {
        // A workspace stays ready while a run checks it.
        _ if before == ProvisionStatus::Ready => before,
        Err(_) => ProvisionStatus::Failed,
        Ok(_) if stage == Stage::OldTokens => ProvisionStatus::Ready,
        Ok(_) => ProvisionStatus::Partial,
    }
}

fn step(of: Stage, state: StepState, start: &StageStart, failure: Option<&Failure>) -> Step {
    Step {
        name: of.as_str().to_owned(),
        state,
        started_at: Some(start.at),
        at: Timestamp::now(),
        error: failure.map(|failure| failure.message.clone()),
        hint: failure.and_then(|failure| failure.hint.clone()),
    }
}

/// The failure of a run, as the journal stores it for calls that wait elsewhere.
#[derive(Serialize, Deserialize)]
struct StoredFailure {
    code: String,
    error: String,
    hint: Option<String>,
    details: Map<String, Value>,
    #[serde(default)]
    in_doubt: bool,
    wait_ms: Option<u64>,
}

/// Serializes a failure. In the journal, a missing text means success.
pub(super) fn outcome_to_text(failure: &Failure) -> Option<String> {
    let wait = failure.retry_after.map(|wait| wait.as_millis().try_into().unwrap_or(u64::MAX));
    let stored = StoredFailure {
        code: failure.kind.code().to_owned(),
        error: failure.message.clone(),
        hint: failure.hint.clone(),
        details: (*failure.details).clone(),
        in_doubt: failure.in_doubt,
        wait_ms: wait,
    };
    serde_json::to_string(&stored).ok()
}

/// Parses a result from the journal. An unknown text, of another release, becomes a failure without particulars.
pub(super) fn outcome_from_text(text: Option<&str>) -> Result<(), Failure> {
    let Some(text) = text else { return Ok(()) };
    let unknown = || Failure::unready("Provisioning failed.").hint("Check the workspace's steps.");
    let stored: StoredFailure = serde_json::from_str(text).map_err(|_| unknown())?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == stored.code);
    let mut failure = Failure::new(kind.ok_or_else(unknown)?, stored.error);
    failure.hint = stored.hint;
    failure.details = Box::new(stored.details);
    failure.in_doubt = stored.in_doubt;
    failure.retry_after = stored.wait_ms.map(Duration::from_millis);
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_failure_is_read_back_unchanged() {
        let wait = Duration::from_millis(1500);
        let failure = Failure::new(Kind::Limited, "Too many.").hint("Wait.").retry_after(wait);
        let failure = failure.in_doubt();
        assert_eq!(outcome_from_text(outcome_to_text(&failure).as_deref()), Err(failure));
        assert_eq!(outcome_from_text(None), Ok(()));
        assert_eq!(outcome_from_text(Some("{}")).unwrap_err().kind, Kind::Unready);
    }
}
