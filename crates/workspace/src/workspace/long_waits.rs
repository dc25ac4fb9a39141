//! Whatever of a workspace has waited for long.

use std::time::Duration;

use covibe_domain::{Deployable, DeploymentUuid, Failure, boxed};

use super::Workspace;
use crate::queue::LONG;

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

impl Workspace {
    /// Returns what of this workspace has waited for longer than an hour, the oldest first, at most 5.
    #[boxed]
    pub async fn long_waits(&self) -> Result<Vec<LongWait>, Failure> {
        let record = self.record();
        let mut tx = self.platform.store.tenant_read(&record.tenant).await?;
        let waiting = tx.long_waiting_deployments(&record.id, LONG).await?;
        tx.commit().await?;
        let waits = waiting.into_iter().map(|each| LongWait {
            uuid: each.id,
            resource: each.resource,
            waits_for: each.asked_at.age(),
        });
        Ok(waits.collect())
    }
}
