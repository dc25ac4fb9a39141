//! Lets the operator cancel a waiting deployment, and free the place of one that was lost.

use std::time::Duration;

use covibe_coolify::Deployment;
use covibe_domain::{CellName, DeploymentUuid, Failure, Timestamp, boxed};
use covibe_store::OpenDeployment;

use crate::audit::Author;
use crate::platform::Platform;

/// The answer to a wish to free the place of a deployment whose worker was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FreedPlace {
    /// It no longer has a place.
    Over,
    /// It was cancelled.
    Cancelled,
    /// Its cancellation by Coolify would kill a process of the host that has the same number as one of Coolify's container
    /// (4.3.11). Coolify knows it by this id.
    HasProcess(DeploymentUuid),
}

impl Platform {
    /// Cancels a deployment or start that waits, on the operator's behalf. Returns whether it did.
    #[boxed]
    pub async fn cancel_waiting_deployment(&self, open: &OpenDeployment) -> Result<bool, Failure> {
        let mut tx = self.store.tenant(&open.tenant).await?;
        let is_cancelled = tx.cancel_waiting_deployment(&open.workspace, &open.id).await?;
        tx.commit().await?;
        if is_cancelled {
            self.note_operator(open, "queue.cancel").await?;
        }
        Ok(is_cancelled)
    }

    /// Frees the place of a deployment whose worker was lost, by its id or Coolify's. It may be one that a person began by
    /// Coolify's page.
    ///
    /// # Errors
    ///
    /// Not found if there is none. Conflict if it is not older than Coolify lets a deployment become.
    #[boxed]
    pub async fn free_deployment_place(
        &self,
        cell: &CellName,
        id: &DeploymentUuid,
    ) -> Result<FreedPlace, Failure> {
        let open = self.store.open_deployments(cell).await?;
        let cell = self.cells().get(cell)?;
        let is_it = |each: &&OpenDeployment| each.id == *id || each.deployment.as_ref() == Some(id);
        let own = open.iter().find(is_it);
        let uuid = own.and_then(|own| own.deployment.as_ref()).unwrap_or(id);
        let client = cell.coolify()?.for_share("");
        let now = client.deployment(uuid).await?;
        if !now.status.is_open() {
            return Ok(FreedPlace::Over);
        }
        let longest = cell.coolify_condition.longest_build();
        if age(own, &now) < longest {
            return Err(may_run(longest));
        }
        if now.has_process {
            return Ok(FreedPlace::HasProcess(now.uuid));
        }
        client.cancel_deployment(&now.uuid).await?;
        if let Some(own) = own {
            let mut tx = self.store.tenant(&own.tenant).await?;
            tx.end_handed_deployment(&own.workspace, &own.id).await?;
            tx.commit().await?;
            self.note_operator(own, "queue.free").await?;
        }
        Ok(FreedPlace::Cancelled)
    }

    /// Writes into the audit of a tenant what the operator did to its deployment.
    async fn note_operator(&self, of: &OpenDeployment, deed: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let record = tx.workspace(&of.workspace).await?;
        tx.commit().await?;
        let Some(record) = record else { return Ok(()) };
        let author = Author::operator(&of.tenant);
        let entry = author.deed_entry(&record, &of.resource.uuid().to_string(), deed);
        self.auditor().record(entry).await
    }
}

/// Returns for how long a deployment may have had its worker.
fn age(own: Option<&OpenDeployment>, now: &Deployment) -> Duration {
    let handed_for = own.and_then(|own| own.handed_for);
    let created_for = || now.created_at.map_or(Duration::ZERO, Timestamp::age);
    handed_for.unwrap_or_else(created_for)
}

fn may_run(longest: Duration) -> Failure {
    let seconds = longest.as_secs();
    Failure::conflict("The deployment may still be running.").hint(format!(
        "Coolify ends a deployment after {seconds} s by itself: try again after that."
    ))
}
