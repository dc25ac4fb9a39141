//! The starts of databases, compose apps and auth providers: each has a place while it is under way, like a deployment.

use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::{Database, Deployment, RunState, Service};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::image::ImageReference;
use covibe_domain::{Deployable, DeploymentUuid, Failure, TenantId, boxed};
use covibe_policy::Owned;
use covibe_store::{HandOver, HoldTimes, OpenDeployment, QueueState, QueuedDeployment, Store};
use tokio::runtime::Handle;

use super::deployment_records::as_deployment;
use super::{ClaimedDeployment, RequestOutcome, WaitingDeployment};
use crate::cells::{Cell, QueueSnapshot};
use crate::scoped::Coolify;
use crate::scoped::resource_access_errors::lost_start;

/// The time after which Coolify ends a start (4.3.11, the time-out of its workers).
const LONGEST: Duration = Duration::from_mins(10);

/// The longest time of a start that pulls nothing but an official image.
const BOUNDED: Duration = Duration::from_mins(2);

/// The answer to a request for a start.
#[derive(Debug)]
pub enum StartTurn {
    /// It may begin now, in this place.
    Now(StartPlace),
    /// It waits for a place, and is carried out then.
    Waits(WaitingDeployment),
}

/// A place for a start. It is given back if this is dropped before the start is requested.
#[derive(Debug)]
pub struct StartPlace {
    store: Store,
    tenant: TenantId,
    cell: Arc<Cell>,
    queued: Box<QueuedDeployment>,
    /// The outcome to record if this is dropped.
    if_dropped: Option<HandOver>,
}

impl Coolify {
    /// Takes a place to start or restart a service; `pulls` if its images are pulled again. If there is none, the start
    /// waits for one.
    ///
    /// # Errors
    ///
    /// Limited if the maximum number of deployments and starts of the tenant wait; conflict if a person has to open the
    /// service first.
    #[boxed]
    pub async fn service_start(
        &self,
        service: &Owned<Service>,
        pulls: bool,
    ) -> Result<StartTurn, Failure> {
        self.check_opened(service).await?;
        self.note_state(service);
        let is_restart = !service.status.state.runs_nothing();
        let hold = HoldTimes { notice: self.notice(is_restart), longest: LONGEST };
        self.start(Deployable::Service(service.uuid.clone()), pulls, hold).await
    }

    /// Takes a place to start or restart a database. If there is none, the start waits for one.
    ///
    /// # Errors
    ///
    /// Limited if the maximum number of deployments and starts of the tenant wait.
    #[boxed]
    pub async fn database_start(&self, database: &Owned<Database>) -> Result<StartTurn, Failure> {
        let is_restart = database.status.state != RunState::Exited;
        let longest = time_limit(database.image.as_deref());
        let hold = HoldTimes { notice: self.notice(is_restart), longest };
        self.start(Deployable::Database(database.uuid.clone()), false, hold).await
    }

    async fn start(
        &self,
        resource: Deployable,
        pulls: bool,
        hold: HoldTimes,
    ) -> Result<StartTurn, Failure> {
        let open = self.open_queue().await?;
        let (places, last) = (self.places(), self.cell.queue.last_under_way());
        let (under_way, may_begin) = match last {
            // Whoever hands over what waits asks Coolify, once for all.
            Some(last) if QueueSnapshot::new(&open, &last).starts_lack_places(places) => {
                (last, false)
            }
            Some(last) if QueueSnapshot::new(&open, &last).has_place_anyway(places) => (last, true),
            _ => (self.under_way(&resource, &open).await?, true),
        };
        let new = self.new_request(resource, pulls, hold);
        Ok(match self.record_request(new, &under_way, may_begin, &[]).await? {
            RequestOutcome::Claimed(queued) => StartTurn::Now(self.start_place(queued)),
            RequestOutcome::Waits(waiting) => {
                self.cell.queue.changed.notify_one();
                StartTurn::Waits(waiting)
            }
            RequestOutcome::Same(queued) => {
                let known = self.waiting(&queued.id).await?;
                StartTurn::Waits(known.unwrap_or_else(|| self.to_waiting(&queued, None)))
            }
        })
    }

    /// Returns the place of a start that waited. If a killed process may have requested it, it is requested again only
    /// if its caller was answered that it waits: otherwise the caller got a failure, or no answer.
    ///
    /// # Errors
    ///
    /// Unready if it is not requested again.
    #[boxed]
    pub async fn claimed_place(&self, claimed: &ClaimedDeployment) -> Result<StartPlace, Failure> {
        let queued = claimed.queued.clone();
        let place = self.start_place(queued);
        if claimed.is_left && !claimed.queued.waited {
            let failure = lost_start();
            place.settle(&HandOver::Failed(failure.message.clone())).await;
            return Err(failure);
        }
        Ok(place)
    }

    fn start_place(&self, queued: QueuedDeployment) -> StartPlace {
        StartPlace {
            store: self.origins.store.clone(),
            tenant: self.origins.record.tenant.clone(),
            cell: Arc::clone(&self.cell),
            if_dropped: (!queued.waited).then_some(HandOver::Unneeded),
            queued: Box::new(queued),
        }
    }

    /// Returns the time for which a state may still be the one from before a start.
    fn notice(&self, is_restart: bool) -> Duration {
        let limits = self.start_limits;
        if is_restart { limits.restart_notice() } else { limits.notice }
    }

    /// Records the state of a service that Coolify reports, which may end its start.
    pub fn note_state(&self, service: &Service) {
        let resource = Deployable::Service(service.uuid.clone());
        self.cell.queue.starts.note_state(&resource, service.status.state);
    }

    /// Returns whether a start of a service or database with this state was requested, and was not seen to end.
    #[boxed]
    pub async fn has_start_under_way(
        &self,
        resource: &Deployable,
        state: RunState,
    ) -> Result<bool, Failure> {
        let open = self.open_queue().await?;
        let is_own = |each: &&OpenDeployment| {
            each.resource == *resource && each.state != QueueState::Waiting
        };
        let mut own = open.iter().filter(is_own);
        Ok(own.any(|each| !self.cell.queue.starts.has_ended(each, state)))
    }

    /// Returns whether a start of a resource that runs nothing is over.
    pub(in crate::scoped) fn has_start_ended(&self, start: &OpenDeployment) -> bool {
        self.cell.queue.starts.has_ended(start, RunState::Exited)
    }

    /// Returns the start of a resource that waits for a place.
    #[boxed]
    pub async fn waiting_start(
        &self,
        resource: &Deployable,
    ) -> Result<Option<WaitingDeployment>, Failure> {
        let queued = self.queued_of(resource.uuid()).await?;
        match queued.iter().find(|each| each.state == QueueState::Waiting) {
            Some(queued) => self.waiting(&queued.id).await,
            None => Ok(None),
        }
    }

    /// Returns the newest deployment or start of a resource that this server has handed over to Coolify, or is handing
    /// over; `None` if there was none within a week.
    #[boxed]
    pub async fn last_hand_over(
        &self,
        resource: &Deployable,
    ) -> Result<Option<QueuedDeployment>, Failure> {
        let queued = self.queued_of(resource.uuid()).await?;
        let is_handed = |state| matches!(state, QueueState::Handing | QueueState::Handed);
        Ok(queued.into_iter().find(|each| is_handed(each.state)))
    }

    /// Returns a start that waited, by the id that its caller got. The outcome of one that has begun is the state of
    /// the started resource.
    #[boxed]
    pub async fn queued_start(&self, id: &DeploymentUuid) -> Result<Option<Deployment>, Failure> {
        let queued = if id.is_queued() { self.queued(id).await? } else { None };
        let start = queued.filter(|queued| queued.application().is_none());
        Ok(start.map(|start| {
            let status = match (start.state, start.ended_at) {
                (QueueState::Handed, None) => Some(DeploymentStatus::InProgress),
                (QueueState::Handed, Some(_)) => Some(DeploymentStatus::Unknown),
                _ => None,
            };
            let told = as_deployment(&start);
            Deployment { status: status.unwrap_or(told.status), ..told }
        }))
    }

    /// Records that the start of a resource was seen to be over: its place is free.
    pub fn note_start_over(&self, resource: &Deployable) {
        self.cell.queue.starts.note_end(resource);
        self.cell.queue.changed.notify_one();
    }

    /// Cancels a waiting start of a resource that is stopped or deleted. Coolify does not end a start that is under way
    /// (4.3.11); from now on, the state says nothing about it.
    pub(in crate::scoped::coolify) async fn end_starts(
        &self,
        resource: &Deployable,
    ) -> Result<(), Failure> {
        let (record, uuid) = (&self.origins.record, resource.uuid());
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.end_waiting_deployments(&record.id, &uuid, None).await?;
        tx.lose_sight_of_start(&record.id, &uuid).await?;
        tx.commit().await?;
        self.cell.queue.starts.lose_sight(resource);
        Ok(())
    }
}

/// Returns the time limit of a start. An official image is pulled in a bounded time, unlike one of a registry that may
/// be arbitrarily slow.
fn time_limit(image: Option<&str>) -> Duration {
    let is_official = |image: &str| {
        image.parse::<ImageReference>().is_ok_and(|image| !image.familiar_name().contains('/'))
    };
    if image.is_none_or(is_official) { BOUNDED } else { LONGEST }
}

impl StartPlace {
    /// Requests the start. One that is in doubt keeps its place. `begins` returns whether the answer means that
    /// something starts.
    pub(in crate::scoped::coolify) async fn request<T>(
        mut self,
        request: impl Future<Output = Result<T, Failure>>,
        begins: impl FnOnce(&T) -> bool,
    ) -> Result<T, Failure> {
        self.cell.queue.starts.request(&self.queued);
        self.if_dropped = Some(HandOver::Started);
        let answer = request.await;
        self.if_dropped = None;
        let outcome = match &answer {
            Ok(done) if !begins(done) => HandOver::Unneeded,
            Ok(_) => HandOver::Started,
            Err(failure) if failure.is_in_doubt() => HandOver::Started,
            Err(failure) if !self.queued.waited => HandOver::Failed(failure.message.clone()),
            // Whoever took it from the queue decides whether it is tried again.
            Err(_) => return answer,
        };
        self.settle(&outcome).await;
        answer
    }

    /// Gives the place back, because there is nothing to start.
    #[boxed]
    pub async fn give_back(self) {
        self.settle(&HandOver::Unneeded).await;
    }

    /// Records the outcome of the start. If that fails, the place is given back when its lease has expired.
    async fn settle(mut self, outcome: &HandOver) {
        self.if_dropped = None;
        settle(&self.store, &self.tenant, &self.cell, &self.queued, outcome).await;
    }
}

impl Drop for StartPlace {
    fn drop(&mut self) {
        // Without a runtime the process ends, and the place is free once its lease has passed.
        let (Some(outcome), Ok(runtime)) = (self.if_dropped.take(), Handle::try_current()) else {
            return;
        };
        let (store, tenant) = (self.store.clone(), self.tenant.clone());
        let (cell, queued) = (Arc::clone(&self.cell), self.queued.clone());
        runtime.spawn(async move { settle(&store, &tenant, &cell, &queued, &outcome).await });
    }
}

async fn settle(
    store: &Store,
    tenant: &TenantId,
    cell: &Cell,
    queued: &QueuedDeployment,
    outcome: &HandOver,
) {
    let write = async {
        let mut tx = store.tenant(tenant).await?;
        tx.settle_queued_deployment(&queued.workspace, &queued.id, outcome).await?;
        tx.commit().await
    };
    if let Err(error) = write.await {
        tracing::warn!(start = %queued.id, %error, "the outcome of a start request could not be recorded");
    }
    if *outcome != HandOver::Started {
        cell.queue.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pulls_of_official_images_have_the_short_time_limit() {
        for official in [None, Some("postgres:16"), Some("docker.io/library/redis:7")] {
            assert_eq!(time_limit(official), BOUNDED, "{official:?}");
        }
        for other in ["bitnami/redis:7", "registry.example.com/x/postgres:16", "…"] {
            assert_eq!(time_limit(Some(other)), LONGEST, "{other}");
        }
    }
}
