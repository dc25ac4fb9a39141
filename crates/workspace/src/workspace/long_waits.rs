//! Whatever of a workspace has waited for long.

use std::time::Duration;

use covibe_domain::{Deployable, DeploymentUuid, Failure, boxed};

use super::Workspace;

/// The wait after which a deployment is reported to the operator, and in the description of its workspace.
pub(crate) const LONG_WAIT: Duration = Duration::from_hours(1);

/// A deployment or start that has waited for longer than an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongWait {
    /// Its id.
    pub uuid: DeploymentUuid,
    /// The app, database or auth provider.
    pub resource: Deployable,
    /// The time since it was asked for.
    pub waits_for: Duration,
}

impl LongWait {
    /// Returns the minutes since it was asked for.
    pub const fn minutes(&self) -> u64 {
        self.waits_for.as_secs() / 60
    }
}

impl Workspace {
    /// Returns what of this workspace has waited for longer than an hour, the oldest first, at most 5.
    ///
    /// The database is read only if the cell's queue has such a deployment of anybody: agents call `workspace.describe`
    /// first and often.
    #[boxed]
    pub async fn long_waits(&self) -> Result<Vec<LongWait>, Failure> {
        let record = self.record();
        let cell = self.platform.cell(record);
        if cell.is_ok_and(|cell| cell.queue.load.lock().oldest < LONG_WAIT) {
            return Ok(Vec::new());
        }
        let mut tx = self.platform.store.tenant_read(&record.tenant).await?;
        let waiting = tx.long_waiting_deployments(&record.id, LONG_WAIT).await?;
        tx.commit().await?;
        let waits = waiting.into_iter().map(|each| LongWait {
            uuid: each.id,
            resource: each.resource,
            waits_for: each.asked_at.age(),
        });
        Ok(waits.collect())
    }
}
