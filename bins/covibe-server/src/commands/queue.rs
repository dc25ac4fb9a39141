//! `covibe-server queue`: what waits before Coolify, for the operator.

use anyhow::bail;
use covibe_domain::{CellName, DeploymentUuid};
use covibe_store::{OpenDeployment, QueueState, Store};
use serde_json::{Value, json};

use super::configured;
use crate::cli::Queue;
use crate::{compose, print};

/// Runs one of the commands on the queue.
pub(crate) async fn run(command: Queue) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = compose::existing_store(&config).await?;
    let cell = CellName::default();
    match command {
        Queue::List { json } => list(&store, &cell, json).await,
        Queue::Cancel { id } => cancel(&store, &cell, &id).await,
        Queue::Pause => {
            store.pause_deployment_queue(&cell, true).await?;
            print::line(
                "Paused: nothing is handed over to Coolify until `covibe-server queue resume`.",
            );
            Ok(())
        }
        Queue::Resume => {
            store.pause_deployment_queue(&cell, false).await?;
            print::line("Resumed: servers look for places within half a minute.");
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
        print::line("The queue is paused: `covibe-server queue resume` ends that.");
    }
    if open.is_empty() {
        print::line("No deployment or start waits or is in progress.");
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

async fn cancel(store: &Store, cell: &CellName, id: &DeploymentUuid) -> anyhow::Result<()> {
    let open = store.open_deployments(cell).await?;
    let Some(found) = open.iter().find(|each| each.id == *id) else {
        bail!("no deployment {id} waits; `covibe-server queue list` lists what does");
    };
    let mut tx = store.tenant(&found.tenant).await?;
    let is_cancelled = tx.cancel_waiting_deployment(&found.workspace, id).await?;
    tx.commit().await?;
    if !is_cancelled {
        bail!("the deployment {id} does not wait any more: Coolify has it");
    }
    print::line(&format!("Cancelled: {id}"));
    Ok(())
}
