//! Deployments that a round writes down as over. A step that fails for one is repeated by the next round.

use covibe_domain::Failure;
use covibe_store::OpenDeployment;

use super::{Round, note_failed_step};
use crate::cells::WorkUnderWay;

impl Round {
    /// Writes down which starts are over by what is known without a look: Coolify lists none.
    pub(super) async fn end_starts(&self, open: &[OpenDeployment]) {
        let known =
            WorkUnderWay { over: self.cell.queue.starts.ended_starts(), ..WorkUnderWay::default() };
        for over in known.ended_entries(open).filter(|each| !each.resource.takes_build_place()) {
            self.end_handed(over).await;
        }
    }

    /// Writes down that Coolify has a deployment under way no longer.
    pub(super) async fn end_handed(&self, over: &OpenDeployment) {
        note_failed_step(over, self.try_end_handed(over).await);
    }

    async fn try_end_handed(&self, over: &OpenDeployment) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&over.tenant).await?;
        tx.end_handed_deployment(&over.workspace, &over.id).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a deployment that has waited for a day: what it was to build is long out of date, as after the restoration of a
    /// backup.
    pub(super) async fn expire(&self, old: &OpenDeployment) {
        note_failed_step(old, self.try_expire(old).await);
    }

    async fn try_expire(&self, old: &OpenDeployment) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&old.tenant).await?;
        let reason = "It waited for a day: call apps.deploy again.";
        tx.fail_waiting_deployment(&old.workspace, &old.id, reason).await?;
        Ok(tx.commit().await?)
    }
}
