//! `covibe-server queue`: what waits before Coolify, for the operator.

use anyhow::bail;
use covibe_config::Config;
use covibe_coolify::command_to_free_place;
use covibe_domain::{CellName, DeploymentUuid};
use covibe_installation::listeners;
use covibe_store::{OpenDeployment, QueueState, Store};
use covibe_workspace::FreedPlace;
use serde_json::{Value, json};

use super::api_keys::with_hint;
use super::configured;
use crate::cli::Queue;
use crate::print;
use crate::wiring::{self, Parts};

/// Runs one of the commands on the queue.
pub(crate) async fn run(command: Queue) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let cell = CellName::default();
    match command {
        Queue::List { json } => list(&store, &cell, json).await,
        Queue::Cancel { id } => cancel(&parts(&config, store).await?, &cell, &id).await,
        Queue::Free { id } => free(&parts(&config, store).await?, &cell, &id).await,
        Queue::Pause => {
            store.pause_deployment_queue(&cell, true).await?;
            print::line(
                "Paused: nothing is handed over to Coolify until `covibe-server queue resume`.",
            );
            Ok(())
        }
        Queue::Resume => {
            store.pause_deployment_queue(&cell, false).await?;
            print::line("Resumed: servers hand deployments over again within half a minute.");
            Ok(())
        }
    }
}

async fn list(store: &Store, cell: &CellName, json: bool) -> anyhow::Result<()> {
    let open = store.open_deployments(cell).await?;
    let is_paused = store.deployment_queue_is_paused(cell).await?;
    if json {
        let deployments: Vec<_> = open.iter().map(row).collect();
        print::line(&json!({ "paused": is_paused, "deployments": deployments }).to_string());
        return Ok(());
    }
    if is_paused {
        print::line("The queue is paused: `covibe-server queue resume` resumes it.");
    }
    if open.is_empty() {
        print::line("No deployment or start is waiting or in progress.");
    }
    for each in &open {
        let OpenDeployment { tenant, workspace, id, resource, waits_for, .. } = each;
        let (state, seconds) = (state(each), waits_for.as_secs());
        let (kind, uuid) = (resource.kind(), resource.uuid());
        print::line(&format!(
            "{id}  {state:<12}  {seconds:>6} s  {tenant}  {workspace}  {kind} {uuid}"
        ));
    }
    Ok(())
}

fn row(each: &OpenDeployment) -> Value {
    let OpenDeployment { tenant, workspace, id, resource, asked_at, deployment, .. } = each;
    json!({
        "id": id, "state": state(each), "tenant": tenant, "workspace": workspace,
        "kind": resource.kind(), "resource": resource.uuid(), "askedAt": asked_at, "coolifyId": deployment,
    })
}

const fn state(deployment: &OpenDeployment) -> &'static str {
    match deployment.state {
        QueueState::Waiting => "waiting",
        QueueState::Handing if deployment.is_left => "left",
        QueueState::Handing => "handed over",
        _ => "in progress",
    }
}

async fn parts(config: &Config, store: Store) -> anyhow::Result<Parts> {
    wiring::parts(config, store, listeners::origin(config, config.bind)).await
}

async fn cancel(parts: &Parts, cell: &CellName, id: &DeploymentUuid) -> anyhow::Result<()> {
    let open = parts.store.open_deployments(cell).await?;
    let Some(found) = open.iter().find(|each| each.id == *id) else {
        bail!("no deployment {id} is waiting; `covibe-server queue list` lists the waiting ones");
    };
    let cancelled = parts.platform.cancel_waiting_deployment(found).await;
    if !cancelled.map_err(|failure| with_hint(&failure))? {
        bail!("the deployment {id} is no longer waiting: Coolify has it");
    }
    print::line(&format!("Cancelled: {id}"));
    Ok(())
}

async fn free(parts: &Parts, cell: &CellName, id: &DeploymentUuid) -> anyhow::Result<()> {
    let freed = parts.platform.free_deployment_place(cell, id).await;
    match freed.map_err(|failure| with_hint(&failure))? {
        FreedPlace::Cancelled => print::line(&format!("Freed: the place of {id}")),
        FreedPlace::Over => {
            print::line(&format!("The deployment {id} has ended: it holds no place."));
        }
        FreedPlace::HasProcess(uuid) => {
            print::line(&command_to_free_place(&uuid));
            bail!(
                "on Coolify's host, run the command that is on stdout: a cancellation would kill a process there"
            );
        }
    }
    Ok(())
}
