//! The hand-over of deployments to Coolify.

use std::time::Duration;

use covibe_coolify::{Application, DeployOutcome};
use covibe_domain::{DeploymentUuid, Failure, boxed};
use covibe_policy::Owned;
use covibe_store::{HandOver, QueuedDeployment};

use super::deployment_records::handed_over;
use super::{ClaimedDeployment, EnqueueOutcome};
use crate::commit_source::Build;
use crate::scoped::Coolify;
use crate::scoped::resource_access_errors::{lost_hand_over, skipped_deployment};

/// The outcome of a hand-over.
enum Handed {
    /// Coolify has this deployment.
    Over(DeploymentUuid),
    /// The deployment waits, at least for this long.
    Later(Duration),
}

/// The pause of a deployment that Coolify has no room for, as it says itself (4.3.11).
const FULL: Duration = Duration::from_mins(1);

/// The pause of a deployment whose repository could not be copied yet because others are.
const BUSY: Duration = Duration::from_secs(5);

/// The number of deployments of an application that are compared with one whose hand-over was not answered.
const COMPARED: u32 = 20;

impl Coolify {
    /// Hands a claimed deployment over, and records the outcome. If a killed process may have handed it over, Coolify
    /// is searched for it first, and it is handed over again only if its caller was answered that it waits: otherwise
    /// the caller got a failure, or no answer.
    ///
    /// # Errors
    ///
    /// Those of Coolify about the deployment.
    #[boxed]
    pub async fn hand_over<'a>(
        &'a self,
        app: &Owned<Application>,
        build: Build<'a>,
        claimed: &ClaimedDeployment,
    ) -> Result<EnqueueOutcome, Failure> {
        let queued = &claimed.queued;
        let found =
            if claimed.is_left { self.handed_over_before(app, queued).await? } else { None };
        let handed = match found {
            Some(found) => Ok(Handed::Over(found)),
            None if claimed.is_left && !queued.waited => Err(lost_hand_over()),
            None => self.try_hand_over(app, build, queued).await,
        };
        match handed {
            Ok(Handed::Over(uuid)) => {
                let settled = self.settle(queued, &HandOver::Done(uuid.clone())).await;
                settled.map_err(Failure::in_doubt)?;
                Ok(EnqueueOutcome::Begun(uuid))
            }
            Ok(Handed::Later(pause)) => {
                self.settle(queued, &HandOver::Later(pause)).await?;
                self.note_waiting(queued).await
            }
            Err(failure) => {
                if failure.is_in_doubt() {
                    tracing::warn!(
                        deployment = %queued.id,
                        %failure,
                        "could not determine whether Coolify accepted the deployment"
                    );
                    self.settle(queued, &HandOver::InDoubt(self.late)).await?;
                    self.cell.queue.changed.notify_one();
                } else if !queued.waited {
                    self.settle(queued, &HandOver::Failed(failure.message.clone())).await?;
                }
                Err(failure)
            }
        }
    }

    /// Releases what Coolify reads, and has Coolify queue the deployment. It waits if the release had no turn in time, or
    /// if Coolify's queue is full.
    async fn try_hand_over(
        &self,
        app: &Owned<Application>,
        build: Build<'_>,
        queued: &QueuedDeployment,
    ) -> Result<Handed, Failure> {
        if !self.release(app, build).await? {
            return Ok(Handed::Later(BUSY));
        }
        match self.deploy(app, build, queued.is_forced).await? {
            Some(DeployOutcome::Queued(uuid)) => Ok(Handed::Over(uuid)),
            Some(DeployOutcome::Skipped) => self.skipped_for(app, queued).await.map(Handed::Over),
            None => Ok(Handed::Later(FULL)),
        }
    }

    /// Returns the deployment for which Coolify skipped one: it takes one of the same commit for the same, and never stored
    /// the uuid that it answered (4.0.0-beta.461 to 4.3.11). Of several, the one that begins last has most of the changes.
    async fn skipped_for(
        &self,
        app: &Owned<Application>,
        queued: &QueuedDeployment,
    ) -> Result<DeploymentUuid, Failure> {
        let open = self.client.deployments(&app.uuid, 0, COMPARED).await?;
        let open = open.into_iter().filter(|each| each.status.is_open());
        let same = open.filter(|each| each.commit.is_none() || each.commit == queued.commit);
        same.map(|each| each.uuid).next().ok_or_else(skipped_deployment)
    }

    /// Returns the deployment that a killed process handed over: one of the same commit that is not known from another
    /// hand-over, and not older than this one.
    async fn handed_over_before(
        &self,
        app: &Owned<Application>,
        queued: &QueuedDeployment,
    ) -> Result<Option<DeploymentUuid>, Failure> {
        let rows = self.queued_of(&app.uuid).await?;
        let newest = self.client.deployments(&app.uuid, 0, COMPARED).await?;
        Ok(handed_over(queued, &rows, &newest).map(|found| found.uuid.clone()))
    }

    async fn note_waiting(&self, queued: &QueuedDeployment) -> Result<EnqueueOutcome, Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.note_waiting_deployment(&record.id, &queued.id).await?;
        tx.commit().await?;
        self.cell.queue.changed.notify_one();
        Ok(EnqueueOutcome::Waits(self.to_waiting(queued, None)))
    }

    /// Writes down what a hand-over led to.
    async fn settle(&self, queued: &QueuedDeployment, outcome: &HandOver) -> Result<(), Failure> {
        if let HandOver::Done(uuid) = outcome {
            self.cell.queue.note_handed(uuid);
        }
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.settle_queued_deployment(&record.id, &queued.id, outcome).await?;
        tx.commit().await?;
        queued.application().inspect(|app| self.cell.deployments.polled.note_change(app));
        Ok(())
    }
}
