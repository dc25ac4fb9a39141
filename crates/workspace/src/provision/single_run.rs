//! One run at a time: a second call, on any server, waits for the first one's result.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, Kind, Timestamp};
use covibe_store::{ProvisionRun, WorkspaceRecord};
use futures_util::FutureExt as _;

use super::old_tokens::still_valid;
use super::ownership_marks;
use super::requested_replacements::Wants;
use super::run_context::{ProvisionContext, StageOutcome};
use super::run_journal::{
    Journal, PendingChanges, StepChange, outcome_from_text, outcome_to_text, status,
};
use super::run_lease::{Interruption, Lease, LeaseOwner, POLL_INTERVAL, acquire};
use super::run_stages::Stage;
use crate::audit::Author;
use crate::clock::time_before_now;
use crate::platform::Platform;

/// Brings a workspace to `ready`, or waits for the run that does. The result of a run that succeeded just now is
/// returned if the call wants nothing more.
///
/// # Errors
///
/// The failure of the run; a timeout at `deadline`, after which the run continues; limited if a credential that is to
/// be replaced was replaced just now.
pub(crate) async fn run(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    wants: Wants,
    author: Author,
    deadline: Instant,
) -> Result<(), Failure> {
    if is_ready(platform, record, &wants).await? {
        return Ok(());
    }
    run_anew(platform, record, wants, author, deadline).await
}

/// Brings a workspace to `ready` like [`run`], even if a run succeeded just now: an operator knows that the database or
/// an upstream was restored since.
pub(super) async fn run_anew(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    wants: Wants,
    author: Author,
    deadline: Instant,
) -> Result<(), Failure> {
    let waiting = async {
        loop {
            check_pause(platform, record, &wants)?;
            match acquire(platform, record, Some(&wants)).await? {
                LeaseOwner::Caller(run) => {
                    let run = tokio::spawn(carry_out(Arc::clone(platform), run, author.clone()));
                    match run.await {
                        Ok(Ok(())) => return Ok(()),
                        // The run that took over reports how it ends.
                        Ok(Err(Interruption::Overtaken)) => {}
                        Ok(Err(Interruption::Failed(failure))) => return Err(failure),
                        Err(_panicked) => return Err(broken_run()),
                    }
                }
                LeaseOwner::Other(run) => {
                    let ended = wait_for_end(platform, &run, &author).await?;
                    if let Some(ended) = ended.filter(|_| wants.is_served_by(&run.wants)) {
                        return ended;
                    }
                }
            }
        }
    };
    // Shortly before the call itself times out: this failure says more.
    let patience = deadline.checked_sub(POLL_INTERVAL * 3).unwrap_or(deadline);
    tokio::time::timeout_at(patience.into(), waiting).await.unwrap_or_else(|_| Err(still_running()))
}

/// Returns whether a run that succeeded just now answers a call. If trouble was found since, it does not.
async fn is_ready(
    platform: &Platform,
    record: &WorkspaceRecord,
    wants: &Wants,
) -> Result<bool, Failure> {
    let is_broken =
        platform.cell(record)?.repositories.broken_access.contains(record.slug.as_str());
    if is_broken || wants.rotates_any() {
        return Ok(false);
    }
    let mut tx = platform.store.tenant_read(&record.tenant).await?;
    let (run, present) = (tx.provision_run(&record.id).await?, tx.workspace(&record.id).await?);
    tx.commit().await?;
    let since = time_before_now(platform.settings().run_answers);
    let ended_well = run.is_some_and(|run| {
        run.outcome.is_none()
            && run.ended_at.is_some_and(|at| at > since)
            && wants.is_served_by(&run.wants)
    });
    // Tokens that no key opens can be deleted since.
    let is_ready = present.is_some_and(|it| {
        it.provision_status == ProvisionStatus::Ready
            && it.gitea_bot_token.is_some()
            && it.gitea_clone_token.is_some()
    });
    Ok(ended_well && is_ready)
}

/// Fails if a credential that is to be replaced was replaced just now.
fn check_pause(
    platform: &Platform,
    record: &WorkspaceRecord,
    wants: &Wants,
) -> Result<(), Failure> {
    let pauses = &platform.cell(record)?.repositories.rotation_pauses;
    let pause = platform.settings().rotation_pause;
    let left = wants.rotations().filter_map(|what| pauses.wait(&record.id, what, pause));
    left.max().map_or(Ok(()), |wait| Err(replaced_just_now(wait)))
}

/// Carries out a run and records its outcome for the calls that wait for it.
async fn carry_out(
    platform: Arc<Platform>,
    run: ProvisionRun,
    author: Author,
) -> Result<(), Interruption> {
    let working = AssertUnwindSafe(Box::pin(work(&platform, &run, &author))).catch_unwind();
    let ended = working.await.unwrap_or_else(|_| Err(broken_run().into()));
    let text = match &ended {
        Err(Interruption::Failed(failure)) => outcome_to_text(failure),
        Ok(()) | Err(Interruption::Overtaken) => None,
    };
    if !matches!(ended, Err(Interruption::Overtaken)) {
        let mut tx = platform.store.tenant(&author.tenant).await?;
        tx.end_provision_run(&run.workspace, &run.id, Timestamp::now(), text.as_deref()).await?;
        tx.commit().await?;
    }
    platform.identity().forget_workspace(&run.workspace);
    ended
}

async fn work(
    platform: &Arc<Platform>,
    run: &ProvisionRun,
    author: &Author,
) -> Result<(), Interruption> {
    let mut tx = platform.store.tenant_read(&author.tenant).await?;
    let record = tx.workspace(&run.workspace).await?;
    let earlier = tx.steps(&run.workspace).await?;
    tx.commit().await?;
    let gone = || Failure::not_found("The workspace no longer exists.");
    let mut record = record.ok_or_else(gone)?;
    let wants = Wants::from_text(&run.wants);
    let lease = Lease::for_run(platform, &author.tenant, run);
    let mut journal = Journal { lease: &lease, author, earlier, stored: record.clone() };
    let is_first = record.upstream_mark.is_none();
    ownership_marks::ensure(platform, &mut record).await?;
    let mut ground = ProvisionContext::new(Arc::clone(platform), record, wants);
    ground.is_first = is_first;
    lease.run_during(Box::pin(all_stages(&mut journal, ground))).await
}

async fn all_stages(
    journal: &mut Journal<'_>,
    mut ground: ProvisionContext,
) -> Result<(), Interruption> {
    let wants = ground.wants.clone();
    let mut passed = PendingChanges::default();
    for stage in Stage::in_order(&ground) {
        if !stage.is_in(&wants) {
            passed.changes.extend(journal.omitted_change(stage));
            continue;
        }
        let start = journal.begin(stage, &ground.record, std::mem::take(&mut passed)).await?;
        let ended = journal.lease.guarded(stage.ensure(&mut ground)).await;
        let ended = ended.map_err(|failure| still_valid(failure, &ground));
        if matches!(ended, Ok(StageOutcome::Omitted)) {
            passed.changes.push(StepChange::Delete(stage));
            continue;
        }
        ground.record.provision_status = status(ground.record.provision_status, stage, &ended);
        passed = journal.ended_changes(stage, &start, &ended, &ground.record);
        if let Err(failure) = ended {
            journal.write(&ground.record, passed).await?;
            return Err(failure.into());
        }
    }
    journal.write(&ground.record, passed).await?;
    let (repositories, pause) =
        (&ground.cell()?.repositories, ground.platform.settings().rotation_pause);
    let pauses = &repositories.rotation_pauses;
    wants.rotations().for_each(|what| pauses.note(&ground.record.id, what, pause));
    repositories.forget_access(&ground.record);
    Ok(())
}

/// Waits until a run has ended. Returns `None` if its lease expired before that.
async fn wait_for_end(
    platform: &Platform,
    run: &ProvisionRun,
    author: &Author,
) -> Result<Option<Result<(), Failure>>, Failure> {
    loop {
        let mut tx = platform.store.tenant_read(&author.tenant).await?;
        let present = tx.provision_run(&run.workspace).await?;
        tx.commit().await?;
        let Some(present) = present.filter(|present| present.id == run.id) else {
            return Ok(None);
        };
        if present.ended_at.is_some() {
            platform.identity().forget_workspace(&run.workspace);
            return Ok(Some(outcome_from_text(present.outcome.as_deref())));
        }
        if present.lease_left.is_zero() {
            return Ok(None);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn still_running() -> Failure {
    Failure::new(Kind::Timeout, "Provisioning has not finished yet. It continues.")
        .hint("Check the workspace's steps, or call workspace.provision again to wait for the result.")
        .in_doubt()
}

fn replaced_just_now(wait: Duration) -> Failure {
    Failure::new(Kind::Limited, "This credential was replaced just now.")
        .hint("Use the new one. If it has leaked too, replace it after the time in Retry-After.")
        .retry_after(wait)
}

fn broken_run() -> Failure {
    Failure::unready("Provisioning stopped unexpectedly. The operator's log has the reason.")
        .hint("Call workspace.provision again: it resumes where it stopped.")
}
