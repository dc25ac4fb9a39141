//! The queue of deployments and starts before Coolify, for the workspace's resources.
//!
//! | module | what it contains |
//! |---|---|
//! | `hand_over` | the hand-over to Coolify, and what a killed process left of one |
//! | `deployment_records` | what is known of deployments that were accepted |
//! | `starts` | the starts of databases, compose apps and auth providers |

mod deployment_records;
mod hand_over;
mod starts;

use std::time::Duration;

use covibe_coolify::{Application, Deployment};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, Deployable, DeploymentUuid, Failure, Timestamp, boxed};
use covibe_policy::Owned;
use covibe_store::{HoldTimes, OpenDeployment, QueueState, QueuedDeployment};

pub use self::deployment_records::WaitingDeployment;
use self::deployment_records::known_as;
pub(in crate::scoped) use self::deployment_records::{as_deployment, complete_list, with_queued};
pub use self::starts::{StartPlace, StartTurn};
use crate::cells::{QueueSnapshot, WorkUnderWay};
use crate::commit_source::Build;
use crate::scoped::Coolify;
use crate::scoped::resource_access_errors::{deleted_app, full_deployment_queue};

/// The time for which the end of a deployment is remembered.
const REMEMBERED: Duration = Duration::from_hours(7 * 24);

/// The answer to a request for a deployment.
#[derive(Clone, Debug)]
pub enum EnqueueOutcome {
    /// Coolify has it.
    Begun(DeploymentUuid),
    /// It waits.
    Waits(WaitingDeployment),
    /// Nothing was queued, because this deployment builds the same and waits or is in progress.
    Same(Deployment),
}

/// A deployment that this call hands over, because it is next and there is a place.
#[derive(Debug)]
pub struct ClaimedDeployment {
    /// The deployment.
    pub queued: QueuedDeployment,
    /// True if another process may have handed it over before it was killed.
    pub is_left: bool,
}

impl Coolify {
    /// Accepts a deployment: hands it over now if it is next and there is a place, and queues it otherwise. It replaces
    /// a waiting deployment of the application.
    ///
    /// # Errors
    ///
    /// Limited if the maximum number of deployments of the tenant wait. Conflict if the application is being deleted.
    /// Those of Coolify about the deployment.
    #[boxed]
    pub async fn enqueue<'a>(
        &'a self,
        app: &Owned<Application>,
        build: Build<'a>,
        force: bool,
    ) -> Result<EnqueueOutcome, Failure> {
        if self.cell.deployments.deleted_apps.contains(app.uuid.as_str()) {
            return Err(deleted_app());
        }
        let resource = Deployable::Application(app.uuid.clone());
        let mut under_way = self.under_way(&resource, &self.open_queue().await?).await?;
        let commit = commit_of(build);
        let same = same_under_way(&under_way, &app.uuid, commit.as_deref());
        let same = same.filter(|_| !force).cloned();
        let mut replaced = without_worker(&mut under_way, &app.uuid);
        if let Some(same) = same {
            // Those that build something else would replace what is wanted now.
            self.cancel_waiting_deployments(&resource).await?;
            replaced.retain(|each| each.uuid != same.uuid);
            self.cancel_all(&replaced).await;
            let queued = self.queued_of(&app.uuid).await?;
            return Ok(EnqueueOutcome::Same(known_as(same, &queued)));
        }
        let new = self.new_deployment(app, build, force);
        let accepted = match self.record_request(new, &under_way, true, &replaced).await? {
            // Whoever hands it over, perhaps at this moment, finds out what Coolify has of it.
            RequestOutcome::Same(queued) => EnqueueOutcome::Same(as_deployment(&queued)),
            RequestOutcome::Waits(waiting) => {
                self.cell.queue.changed.notify_one();
                EnqueueOutcome::Waits(waiting)
            }
            RequestOutcome::Claimed(queued) => {
                if app.is_compose() {
                    // They would read the file that is released next.
                    self.cancel_all(&replaced).await;
                }
                let claimed = ClaimedDeployment { queued, is_left: false };
                self.hand_over(app, build, &claimed).await?
            }
        };
        if let EnqueueOutcome::Begun(_) = accepted {
            self.cancel_all(&replaced).await;
        }
        Ok(accepted)
    }

    /// Cancels deployments that no worker has yet. One that has begun meanwhile goes on: two of one application do no
    /// harm.
    async fn cancel_all(&self, deployments: &[Deployment]) {
        for each in deployments {
            let _ended = self.cancel_deployment(each).await;
        }
    }

    fn new_deployment(
        &self,
        app: &Owned<Application>,
        build: Build<'_>,
        force: bool,
    ) -> QueuedDeployment {
        let (follows_branch, confirmed) = match build {
            Build::Image => (true, Vec::new()),
            Build::Commit(judged) => (judged.source().follows_branch, judged.confirmed().to_vec()),
        };
        QueuedDeployment {
            commit: commit_of(build),
            follows_branch,
            confirmed,
            ..self.new_request(
                Deployable::Application(app.uuid.clone()),
                force,
                HoldTimes::default(),
            )
        }
    }

    /// Returns a request of this moment for the deployment or start of a resource.
    fn new_request(
        &self,
        resource: Deployable,
        is_forced: bool,
        hold: HoldTimes,
    ) -> QueuedDeployment {
        QueuedDeployment {
            id: DeploymentUuid::queued(covibe_crypto::random()),
            workspace: self.origins.record.id.clone(),
            cell: self.origins.record.cell.clone(),
            resource,
            commit: None,
            follows_branch: false,
            is_forced,
            state: QueueState::Waiting,
            waited: false,
            asked_at: Timestamp::now(),
            hold,
            handing_since: None,
            deployment: None,
            handed_at: None,
            ended_at: None,
            replaced_by: None,
            reason: None,
            confirmed: Vec::new(),
        }
    }

    /// Records a deployment in place of a waiting one of its resource, and claims it if it may begin and is next by the
    /// work under way. The `replaced` deployments at Coolify no longer count.
    async fn record_request(
        &self,
        mut new: QueuedDeployment,
        under_way: &WorkUnderWay,
        may_begin: bool,
        replaced: &[Deployment],
    ) -> Result<RequestOutcome, Failure> {
        let (record, resource) = (&self.origins.record, new.resource.uuid());
        // Coolify would lose what it is given while it does not reach its server.
        let reach = &self.cell.queue.server_reach;
        let may_begin = may_begin && reach.is_reached(self.cell.coolify(), self.server_look).await;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.lock_deployment_queue(&record.cell).await?;
        for older in tx.queued_deployments(&record.id, &resource).await? {
            let is_open = matches!(older.state, QueueState::Waiting | QueueState::Handing);
            let is_same = older.commit == new.commit
                && older.is_forced >= new.is_forced
                && new.confirmed.iter().all(|name| older.confirmed.contains(name));
            if is_open && is_same {
                // Its id is what this caller knows it by.
                tx.note_waiting_deployment(&record.id, &older.id).await?;
                tx.commit().await?;
                return Ok(RequestOutcome::Same(older));
            }
        }
        tx.forget_queued_deployments(&record.id, REMEMBERED).await?;
        tx.end_waiting_deployments(&record.id, &resource, Some(&new.id)).await?;
        new.asked_at = tx.now().await?;
        tx.put_queued_deployment(&new, self.queue_lease).await?;
        let mut open = tx.open_deployments(&record.cell).await?;
        for over in under_way.ended_entries(&open).filter(|over| over.tenant == record.tenant) {
            tx.end_handed_deployment(&over.workspace, &over.id).await?;
        }
        open.retain(|each| !replaced.iter().any(|old| each.deployment.as_ref() == Some(&old.uuid)));
        // It is among them.
        self.check_limit(&open, 0)?;
        let is_paused = tx.deployment_queue_is_paused(&record.cell).await?;
        let is_next = {
            let standing = QueueSnapshot::new(&open, under_way);
            let next = standing.next(self.places());
            may_begin && !is_paused && next.is_some_and(|next| next.id == new.id)
        };
        let written = if is_next
            && let Some(claimed) =
                tx.claim_queued_deployment(&record.id, &new.id, self.queue_lease).await?
        {
            self.cell.queue.waits.add(Duration::ZERO);
            RequestOutcome::Claimed(claimed)
        } else {
            tx.note_waiting_deployment(&record.id, &new.id).await?;
            let ahead = QueueSnapshot::new(&open, under_way).position_of(&new.id);
            RequestOutcome::Waits(self.to_waiting(&new, ahead))
        };
        tx.commit().await?;
        Ok(written)
    }

    /// Checks that a deployment would be accepted, before resources for it are created.
    ///
    /// # Errors
    ///
    /// Limited if the maximum number of deployments of the tenant wait.
    #[boxed]
    pub async fn check_deployment_queue(&self) -> Result<(), Failure> {
        self.check_limit(&self.open_queue().await?, 1)
    }

    /// Returns whether a deployment or start of one of the workspace's apps is under way that was handed over to Coolify
    /// longer ago than this: it may create containers with the settings from then.
    #[boxed]
    pub async fn has_older_start(&self, age: Duration) -> Result<bool, Failure> {
        let is_older = |each: &OpenDeployment| {
            each.workspace == self.origins.record.id
                && each.state != QueueState::Waiting
                && each.handed_for.unwrap_or(each.waits_for) >= age
        };
        let open: Vec<_> = self.open_queue().await?.into_iter().filter(is_older).collect();
        if open.is_empty() {
            return Ok(false);
        }
        let over = self.cell.queue.starts.read_over(self.cell.coolify(), &open, self.start_look);
        let over = over.await;
        for each in &open {
            let is_under_way = match (&each.resource, &each.deployment) {
                (Deployable::Database(_), _) => false,
                (Deployable::Application(_), Some(uuid)) => self.is_deployment_open(uuid).await?,
                (Deployable::Application(_), None) => true,
                (Deployable::Service(_), _) => {
                    let has_time = each.handed_for.is_none_or(|handed| handed < each.hold.longest);
                    has_time && !over.contains(&each.id)
                }
            };
            if is_under_way {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether Coolify has a deployment under way.
    async fn is_deployment_open(&self, uuid: &DeploymentUuid) -> Result<bool, Failure> {
        match self.client.deployment(uuid).await {
            Ok(found) => Ok(found.status.is_open()),
            // Its application was deleted.
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks that this many more deployments of the tenant may wait.
    fn check_limit(&self, open: &[OpenDeployment], more: usize) -> Result<(), Failure> {
        let (tenant, most) = (&self.origins.record.tenant, self.max_waiting_deployments);
        let own = open.iter().filter(|each| each.tenant == *tenant);
        let waiting = own.filter(|each| each.state == QueueState::Waiting).count();
        if waiting + more > most { Err(full_deployment_queue(most)) } else { Ok(()) }
    }
}

/// The outcome of recording a deployment.
enum RequestOutcome {
    Same(QueuedDeployment),
    Waits(WaitingDeployment),
    Claimed(QueuedDeployment),
}

fn commit_of(build: Build<'_>) -> Option<String> {
    match build {
        Build::Image => None,
        Build::Commit(judged) => Some(judged.source().commit.as_str().to_owned()),
    }
}

/// Returns a deployment of an application under way that builds the same; one with an unknown commit counts. Of
/// several, the one that begins last has most of the changes.
fn same_under_way<'a>(
    under_way: &'a WorkUnderWay,
    app: &AppUuid,
    commit: Option<&str>,
) -> Option<&'a Deployment> {
    let of_app = under_way.deployments.iter().filter(|each| belongs_to(each, app));
    let same = of_app.filter(|each| each.commit.is_none() || each.commit.as_deref() == commit);
    same.max_by_key(|each| each.status == DeploymentStatus::Queued)
}

/// Removes and returns the deployments of an application that no worker has yet, because a newer one replaces them.
fn without_worker(under_way: &mut WorkUnderWay, app: &AppUuid) -> Vec<Deployment> {
    let waits =
        |each: &Deployment| belongs_to(each, app) && each.status == DeploymentStatus::Queued;
    let (waiting, others) = under_way.deployments.drain(..).partition(waits);
    under_way.deployments = others;
    waiting
}

fn belongs_to(deployment: &Deployment, app: &AppUuid) -> bool {
    deployment.link.application.as_ref() == Some(app)
}
