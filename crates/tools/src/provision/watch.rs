//! Following a run that is under way.

use std::time::Instant;

use covibe_domain::Failure;
use covibe_domain::entities::{Step, StepState};
use covibe_store::{ProvisionRun, WorkspaceRecord};

use super::run::POLL;
use super::stage::Stage;
use super::wants::Wants;
use crate::context::Platform;
use crate::now;
use crate::progress::Progress;

/// Tells the steps of a run as they are taken, until it ends or the deadline comes; at once when
/// there is none. Whether there was one.
pub(crate) async fn watch(
    platform: &Platform,
    of: &WorkspaceRecord,
    progress: &Progress,
    deadline: Instant,
) -> Result<bool, Failure> {
    let mut told = 0;
    let mut watched = false;
    while Instant::now() + POLL * 3 < deadline {
        let mut tx = platform.store.tenant_read(&of.tenant).await?;
        let run = tx.provision_run(&of.id).await?;
        let steps = tx.steps(&of.id).await?;
        tx.commit().await?;
        let Some(run) = run.filter(|run| run.ended_at.is_none() && run.lease_until > now()) else {
            break;
        };
        watched = true;
        tell(progress, &run, steps, &mut told);
        tokio::time::sleep(POLL).await;
    }
    Ok(watched)
}

/// Each step counts twice, when it is begun and when it is done: what is told has to grow.
fn tell(progress: &Progress, run: &ProvisionRun, mut steps: Vec<Step>, told: &mut usize) {
    steps.retain(|step| step.started_at.is_some_and(|at| at >= run.started_at));
    steps.sort_by_key(|step| step.started_at);
    let done = steps.iter().filter(|step| step.state == StepState::Done).count();
    let wants = Wants::of_text(&run.wants);
    let total = 2 * Stage::ALL.into_iter().filter(|stage| stage.is_in(&wants)).count();
    if let Some(last) = steps.last()
        && steps.len() + done > *told
    {
        *told = steps.len() + done;
        progress.tell(*told, total, format!("{}: {}", last.name, last.state));
    }
}
