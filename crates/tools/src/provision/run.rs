//! One run at a time: who comes second waits for the first one's result, on whichever instance.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};
use covibe_store::{ProvisionRun, WorkspaceRecord};
use futures_util::FutureExt as _;

use super::journal::{Journal, status};
use super::lease::{Claim, Lease, claim, overtaken};
use super::outcome;
use super::stage::{Ground, Stage};
use super::wants::Wants;
use crate::context::Platform;
use crate::entry::By;
use crate::now;

/// How often somebody who waits looks how far the run is.
pub(super) const POLL: Duration = Duration::from_millis(100);

/// Brings a workspace to `ready`, or waits for the run that does.
///
/// The run goes on when nobody waits for it any more; past `deadline` the caller is told so.
pub(crate) async fn provision(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    wants: Wants,
    by: By,
    deadline: Instant,
) -> Result<(), Failure> {
    let waiting = async {
        loop {
            match claim(platform, record, Some(&wants)).await? {
                Claim::Ours(run) => {
                    let run = tokio::spawn(lead(Arc::clone(platform), run, by.clone()));
                    let ended = run.await.unwrap_or_else(|_| Err(broken()));
                    // Whoever has taken the run over says how it ends.
                    if ended != Err(overtaken()) {
                        return ended;
                    }
                }
                Claim::Theirs(run) => {
                    let ended = watch_for_end(platform, &run, &by).await?;
                    if let Some(ended) = ended.filter(|_| wants.is_served_by(&run.wants)) {
                        return ended;
                    }
                }
            }
        }
    };
    // A moment before the call itself is given up: this answer says more.
    let patience = deadline.checked_sub(POLL * 3).unwrap_or(deadline);
    tokio::time::timeout_at(patience.into(), waiting).await.unwrap_or_else(|_| Err(still_running()))
}

/// Carries a run out, and tells those who wait for it how it ended.
async fn lead(platform: Arc<Platform>, run: ProvisionRun, by: By) -> Result<(), Failure> {
    let working = AssertUnwindSafe(work(&platform, &run, &by)).catch_unwind();
    let ended = working.await.unwrap_or_else(|_| Err(broken()));
    let text = outcome::to_text(&ended);
    let mut tx = platform.store.tenant(&by.tenant).await?;
    tx.end_provision_run(&run.workspace, &run.id, now(), text.as_deref()).await?;
    tx.commit().await?;
    platform.identity.forget_workspace(&run.workspace);
    ended
}

async fn work(platform: &Arc<Platform>, run: &ProvisionRun, by: &By) -> Result<(), Failure> {
    let mut tx = platform.store.tenant_read(&by.tenant).await?;
    let record = tx.workspace(&run.workspace).await?;
    let earlier = tx.steps(&run.workspace).await?;
    tx.commit().await?;
    let record = record.ok_or_else(|| Failure::not_found("The workspace is gone."))?;
    let wants = Wants::of_text(&run.wants);
    let lease = Lease::of(platform, &by.tenant, run);
    let journal = Journal { lease: &lease, by, earlier };
    let ground = Ground { platform: Arc::clone(platform), record, wants, public_key: None };
    lease.during(take_all(&journal, ground)).await
}

async fn take_all(journal: &Journal<'_>, mut ground: Ground) -> Result<(), Failure> {
    let wants = ground.wants.clone();
    for stage in Stage::ALL {
        if !stage.is_in(&wants) {
            journal.forget(stage).await?;
            continue;
        }
        let begun = journal.begin(stage, &ground.record).await?;
        let taken = journal.lease.asking(stage.take(&mut ground)).await;
        ground.record.provision_status = status(ground.record.provision_status, stage, &taken);
        journal.end(stage, &begun, &taken, &ground.record).await?;
        taken?;
    }
    Ok(())
}

/// Waits until this run has ended; `None` when it is not alive any more and has not.
async fn watch_for_end(
    platform: &Platform,
    run: &ProvisionRun,
    by: &By,
) -> Result<Option<Result<(), Failure>>, Failure> {
    loop {
        let mut tx = platform.store.tenant_read(&by.tenant).await?;
        let present = tx.provision_run(&run.workspace).await?;
        tx.commit().await?;
        match present {
            Some(now_it_is) if now_it_is.id == run.id => {
                if now_it_is.ended_at.is_some() {
                    platform.identity.forget_workspace(&run.workspace);
                    return Ok(Some(outcome::of_text(now_it_is.outcome.as_deref())));
                }
                if now_it_is.lease_until <= now() {
                    return Ok(None);
                }
            }
            _ => return Ok(None),
        }
        tokio::time::sleep(POLL).await;
    }
}

fn still_running() -> Failure {
    Failure::new(Kind::Timeout, "Provisioning has not ended yet; it goes on.")
        .hint("Look at the steps of the workspace; calling provision again waits for its end.")
        .in_doubt()
}

fn broken() -> Failure {
    Failure::unready("Provisioning was broken off; the operator's log says why.")
        .hint("Call provision again: it goes on where it ended.")
}
