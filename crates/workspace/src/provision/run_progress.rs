//! The state of a workspace that agents and people see, and the progress of a run.

use std::time::{Duration, Instant};

use covibe_domain::entities::{ProvisionStatus, Step, StepState, WorkspaceSummary};
use covibe_domain::{Failure, Slug, boxed};
use covibe_store::{ProvisionRun, WorkspaceRecord};

use super::requested_replacements::Wants;
use super::run_lease::POLL_INTERVAL;
use super::run_stages::Stage;
use crate::platform::Platform;
use crate::settings::Settings;
use crate::waiting_client::Progress;

/// Describes a workspace.
pub(crate) fn summary(
    record: &WorkspaceRecord,
    mut steps: Vec<Step>,
    settings: &Settings,
) -> WorkspaceSummary {
    steps.sort_by_key(|step| order(&step.name));
    WorkspaceSummary {
        domain_namespace: WorkspaceSummary::namespace(&record.slug, &settings.base_domain),
        hint: hint(&record.slug, record.provision_status, &steps),
        slug: record.slug.to_string(),
        name: record.name.clone(),
        gitea_org: record.gitea_org.clone(),
        gitea_bot_username: record.gitea_bot_username.clone(),
        coolify_project_uuid: record.coolify_project_uuid.clone(),
        coolify_environment_name: record.coolify_environment_name.clone(),
        provision_status: record.provision_status,
        steps,
        strangers: None,
    }
}

/// Returns the position of a step in the order; an unknown step, of another release, comes last.
fn order(step: &str) -> usize {
    let known = Stage::ALL.iter().position(|stage| stage.as_str() == step);
    known.unwrap_or(Stage::ALL.len())
}

/// Returns the next step for a workspace that is not ready.
fn hint(slug: &Slug, status: ProvisionStatus, steps: &[Step]) -> Option<String> {
    let failed = steps.iter().find(|step| step.error.is_some());
    let advice = failed.and_then(|step| step.hint.as_deref());
    if status == ProvisionStatus::Ready && failed.is_none() {
        return None;
    }
    let call = format!("POST /api/workspaces/{slug}/provision");
    Some(match (advice, status) {
        (Some(advice), _) => format!("{advice} Then call {call}: it resumes where it stopped."),
        (None, ProvisionStatus::Pending) => format!("Call {call}."),
        (None, _) => format!("Call {call}: it resumes where it stopped."),
    })
}

/// Reports the steps of a run in progress until it ends or the deadline comes. Returns whether
/// there was one, at once if there is none.
pub(crate) async fn watch(
    platform: &Platform,
    of: &WorkspaceRecord,
    progress: &Progress,
    deadline: Instant,
) -> Result<bool, Failure> {
    let mut reported = 0;
    let mut watched = false;
    while Instant::now() + POLL_INTERVAL * 3 < deadline {
        let mut tx = platform.store.tenant_read(&of.tenant).await?;
        let run = tx.provision_run(&of.id).await?;
        let steps = tx.steps(&of.id).await?;
        tx.commit().await?;
        let Some(run) = run.filter(ProvisionRun::is_in_progress) else { break };
        watched = true;
        report(progress, &run, steps, &mut reported);
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(watched)
}

/// Waits until a run of a workspace was begun, or this much time is over.
#[boxed]
pub async fn until_begun(
    platform: &Platform,
    of: &WorkspaceRecord,
    at_most: Duration,
) -> Result<(), Failure> {
    let until = Instant::now() + at_most;
    while Instant::now() < until && latest_run(platform, of).await?.is_none() {
        tokio::time::sleep(POLL_INTERVAL / 5).await;
    }
    Ok(())
}

/// Returns the run of a workspace that was begun last.
pub(crate) async fn latest_run(
    platform: &Platform,
    of: &WorkspaceRecord,
) -> Result<Option<ProvisionRun>, Failure> {
    let mut tx = platform.store.tenant_read(&of.tenant).await?;
    let run = tx.provision_run(&of.id).await?;
    tx.commit().await?;
    Ok(run)
}

/// Counts each step twice, when it starts and when it is done, since reported progress must grow.
fn report(progress: &Progress, run: &ProvisionRun, mut steps: Vec<Step>, reported: &mut usize) {
    steps.retain(|step| step.started_at.is_some_and(|at| at >= run.started_at));
    steps.sort_by_key(|step| step.started_at);
    let done = steps.iter().filter(|step| step.state == StepState::Done).count();
    let wants = Wants::from_text(&run.wants);
    let total = 2 * Stage::ALL.into_iter().filter(|stage| stage.is_in(&wants)).count();
    if let Some(last) = steps.last()
        && steps.len() + done > *reported
    {
        *reported = steps.len() + done;
        progress.report(*reported, Some(total), format!("{}: {}", last.name, last.state));
    }
}
