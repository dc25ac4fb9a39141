//! The changes of the state of a deployment that was accepted.

use std::time::Duration;

use covibe_domain::{DeploymentUuid, HostedUuid, WorkspaceId, boxed};
use diesel::prelude::*;

use super::{QueueState, QueuedDeployment};
use crate::error::Result;
use crate::schema::queued_deployments as table;
use crate::tables::leases::Now;
use crate::tx::{RunQueryDsl, Tx};

/// The reason of what ended because there was nothing to do.
const UNNEEDED: &str = "There was nothing to do.";

/// The outcome of the hand-over of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// Coolify has it under this id.
    Done(DeploymentUuid),
    /// Coolify starts it, or may do so.
    Started,
    /// There was nothing to do.
    Unneeded,
    /// It was not answered, and may take effect for this long; then it is looked for at Coolify.
    InDoubt(Duration),
    /// It waits again, for at least this long.
    Later(Duration),
    /// It can't be handed over, for this reason.
    Failed(String),
}

impl Tx {
    /// Acquires the lease for handing over a deployment that waits, or that a killed process was handing over. Of
    /// concurrent callers, one succeeds. Returns the deployment if this one did.
    #[boxed]
    pub async fn claim_queued_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
        lease: Duration,
    ) -> Result<Option<QueuedDeployment>> {
        let now = self.lease_clock().await?;
        let taken = on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::id.eq(id.as_str()))
            .filter(table::state.eq(QueueState::Waiting.as_str())))
            .set((
                table::state.eq(QueueState::Handing.as_str()),
                table::lease_until.eq(now.end_of(lease)),
                // Since when it is handed over.
                table::not_before.eq(now.millis()),
            ))
            .execute(conn).await)?;
        if taken == 1 || self.take_up(workspace, id, lease, now).await? {
            return self.queued_deployment(workspace, id).await;
        }
        Ok(None)
    }

    /// Acquires the lease of a killed process. Returns whether it had passed.
    async fn take_up(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
        lease: Duration,
        now: Now,
    ) -> Result<bool> {
        let passed = table::lease_until.le(now.millis()).or(table::lease_until.gt(now.farthest()));
        let taken = on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::id.eq(id.as_str()))
            .filter(table::state.eq(QueueState::Handing.as_str()))
            .filter(passed))
            .set(table::lease_until.eq(now.end_of(lease)))
            .execute(conn).await)?;
        Ok(taken == 1)
    }

    /// Writes down what the hand-over of a deployment led to. Returns whether it was being handed over.
    #[boxed]
    pub async fn settle_queued_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
        outcome: &HandOver,
    ) -> Result<bool> {
        let now = self.lease_clock().await?;
        let (state, deployment, reason) = match outcome {
            HandOver::Done(deployment) => (QueueState::Handed, Some(deployment.as_str()), None),
            HandOver::Started => (QueueState::Handed, None, None),
            HandOver::Unneeded => (QueueState::Cancelled, None, Some(UNNEEDED)),
            HandOver::InDoubt(_) => (QueueState::Handing, None, None),
            HandOver::Later(_) => (QueueState::Waiting, None, None),
            HandOver::Failed(reason) => (QueueState::Failed, None, Some(reason.as_str())),
        };
        let (not_before, lease_until) = match outcome {
            HandOver::Later(pause) => (Some(now.end_of(*pause)), 0),
            // It is known since when it is handed over.
            HandOver::InDoubt(late) => (None, now.end_of(*late)),
            _ => (Some(0), 0),
        };
        let is_over = matches!(state, QueueState::Failed | QueueState::Cancelled);
        let at = |is_it: bool| is_it.then(|| now.millis());
        let settled = on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::id.eq(id.as_str()))
            .filter(table::state.eq(QueueState::Handing.as_str())))
            .set((
                table::state.eq(state.as_str()),
                table::deployment.eq(deployment),
                table::reason.eq(reason),
                not_before.map(|not_before| table::not_before.eq(not_before)),
                table::lease_until.eq(lease_until),
                table::handed_at.eq(at(state == QueueState::Handed)),
                table::ended_at.eq(at(is_over)),
            ))
            .execute(conn).await)?;
        Ok(settled == 1)
    }

    /// Writes down that a caller was answered that its deployment waits.
    #[boxed]
    pub async fn note_waiting_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
    ) -> Result<()> {
        on!(self, conn => diesel::update(own!(self, workspace).filter(table::id.eq(id.as_str())))
            .set(table::waited.eq(1_i64))
            .execute(conn).await)?;
        Ok(())
    }

    /// Ends the deployments of a resource that wait: superseded by a newer one, or else cancelled. Returns how many.
    #[boxed]
    pub async fn end_waiting_deployments(
        &mut self,
        workspace: &WorkspaceId,
        resource: &HostedUuid,
        replaced_by: Option<&DeploymentUuid>,
    ) -> Result<usize> {
        let now = self.lease_clock().await?;
        let state = replaced_by.map_or(QueueState::Cancelled, |_| QueueState::Superseded);
        on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::resource.eq(resource.as_str()))
            .filter(table::state.eq(QueueState::Waiting.as_str())))
            .set((
                table::state.eq(state.as_str()),
                table::replaced_by.eq(replaced_by.map(DeploymentUuid::as_str)),
                table::ended_at.eq(now.millis()),
            ))
            .execute(conn).await)
    }

    /// Records that the state of a resource no longer says anything about its start, because it is being stopped,
    /// deleted or started again. None of these ends the start: it holds its place for its longest time.
    #[boxed]
    pub async fn lose_sight_of_start(
        &mut self,
        workspace: &WorkspaceId,
        resource: &HostedUuid,
    ) -> Result<()> {
        on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::resource.eq(resource.as_str()))
            .filter(table::ended_at.is_null()))
            .set(table::stale_for.eq(table::holds_for))
            .execute(conn).await)?;
        Ok(())
    }

    /// Cancels a deployment that waits. Returns whether it did.
    #[boxed]
    pub async fn cancel_waiting_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
    ) -> Result<bool> {
        let now = self.lease_clock().await?;
        let cancelled = on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::id.eq(id.as_str()))
            .filter(table::state.eq(QueueState::Waiting.as_str())))
            .set((
                table::state.eq(QueueState::Cancelled.as_str()),
                table::ended_at.eq(now.millis()),
            ))
            .execute(conn).await)?;
        Ok(cancelled == 1)
    }

    /// Ends a deployment that waits, and is no longer handed over for this reason.
    #[boxed]
    pub async fn fail_waiting_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
        reason: &str,
    ) -> Result<()> {
        let now = self.lease_clock().await?;
        on!(self, conn => diesel::update(own!(self, workspace)
            .filter(table::id.eq(id.as_str()))
            .filter(table::state.eq(QueueState::Waiting.as_str())))
            .set((
                table::state.eq(QueueState::Failed.as_str()),
                table::reason.eq(reason),
                table::ended_at.eq(now.millis()),
            ))
            .execute(conn).await)?;
        Ok(())
    }

    /// Writes down that Coolify has a deployment under way no longer, by the id of ours or by Coolify's.
    #[boxed]
    pub async fn end_handed_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
    ) -> Result<()> {
        let now = self.lease_clock().await?;
        let of_coolify = table::deployment.eq(id.as_str()).and(table::deployment.is_not_null());
        let is_it = table::id.eq(id.as_str()).or(of_coolify.assume_not_null());
        on!(self, conn => diesel::update(own!(self, workspace)
            .filter(is_it)
            .filter(table::state.eq(QueueState::Handed.as_str()))
            .filter(table::ended_at.is_null()))
            .set(table::ended_at.eq(now.millis()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets the deployments of a workspace that were over that long ago.
    #[boxed]
    pub async fn forget_queued_deployments(
        &mut self,
        workspace: &WorkspaceId,
        age: Duration,
    ) -> Result<()> {
        let now = self.lease_clock().await?;
        on!(self, conn => diesel::delete(own!(self, workspace)
            .filter(table::ended_at.lt(now.before(age))))
            .execute(conn).await)?;
        Ok(())
    }
}
