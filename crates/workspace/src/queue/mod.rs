//! The task that hands deployments and starts over to Coolify once there is a place.
//!
//! A call that asks for a deployment while there is a place hands it over itself. The others are in the database, and
//! this task of some server takes the next one. A hand-over that a killed process left is continued once its lease has
//! expired.

mod ended_deployments;
mod operator_control;

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_domain::{Access, CellName, Failure, TenantId};
use covibe_store::{HandOver, OpenDeployment, QueueState, QueuedDeployment, Store};
use futures_util::future::BoxFuture;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use self::operator_control::FreedPlace;
use crate::cells::{Cell, Places, QueueCondition, QueueLoad, QueueSnapshot, WorkUnderWay};
use crate::operator_access;
use crate::platform::Platform;
use crate::scoped::ClaimedDeployment;
use crate::workspace::{LONG_WAIT, Workspace};

/// The longest time of a hand-over: its commit is judged and perhaps released first.
const LONGEST: Duration = Duration::from_mins(2);

/// The interval at which a queue is read that is empty as far as this process knows: another server may have been
/// killed.
const IDLE: Duration = Duration::from_secs(30);

/// The longest wait of a deployment.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The number of deployments that are handed over at once.
const CONCURRENCY: usize = 4;

/// A worker that hands deployments over.
pub trait QueueWorker: Debug + Send + Sync + 'static {
    /// Judges what a deployment builds as it is now, and hands it over.
    ///
    /// # Errors
    ///
    /// It can't be handed over, unless the failure may be another one the next time.
    fn hand_over(
        &self,
        workspace: Workspace,
        claimed: ClaimedDeployment,
    ) -> BoxFuture<'static, Result<(), Failure>>;
}

/// The tasks that hand deployments over, one for each cell. They end when it is dropped.
#[derive(Debug)]
pub struct QueueWatch(#[expect(dead_code, reason = "the tasks end with it")] JoinSet<()>);

impl QueueWatch {
    /// Starts to hand deployments over. Requires a Tokio runtime. Several servers may do so at once.
    pub fn begin(platform: &Arc<Platform>, worker: impl QueueWorker) -> Self {
        let worker: Arc<dyn QueueWorker> = Arc::new(worker);
        let mut tasks = JoinSet::new();
        for (name, cell) in platform.cells().all() {
            let (platform, worker) = (Arc::clone(platform), Arc::clone(&worker));
            let store = platform.store.in_background();
            let round = Round { platform, store, name, cell, worker };
            let start = move || watch(round.clone());
            tasks.spawn(run_with_restarts("deployment_queue", start));
        }
        Self(tasks)
    }
}

async fn watch(round: Round) {
    let settings = round.platform.settings();
    let (look, retry) = (settings.queue_look, settings.queue_retry());
    let (mut running, mut was_failing) = (JoinSet::new(), false);
    loop {
        while running.try_join_next().is_some() {}
        let made = round.make(&mut running).await;
        if let Err(failure) = &made
            && !was_failing
        {
            tracing::warn!(%failure, "the queue of deployments can't be read, so deployments keep waiting");
        }
        if made.is_err() {
            round.cell.queue.load.lock().condition = QueueCondition::Unreachable;
        }
        was_failing = made.is_err();
        let pause = match made {
            Ok(Left::Nothing) => IDLE.max(look),
            Ok(Left::Some) => look,
            Err(_) => retry,
        };
        // That a place became free is seen by the next look only.
        let _woken = timeout(pause, round.cell.queue.changed.notified()).await;
    }
}

/// The rest in the queue after a round.
enum Left {
    Nothing,
    Some,
}

/// The periodic work on the queue of a cell.
#[derive(Clone)]
struct Round {
    platform: Arc<Platform>,
    store: Store,
    name: CellName,
    cell: Arc<Cell>,
    worker: Arc<dyn QueueWorker>,
}

impl Round {
    /// Hands over whatever there are places for, and takes up what killed processes left.
    async fn make(&self, running: &mut JoinSet<()>) -> Result<Left, Failure> {
        let open = self.store.open_deployments(&self.name).await?;
        let is_paused = self.store.deployment_queue_is_paused(&self.name).await?;
        self.note_waits(&open);
        self.end_starts(&open).await;
        // What is in progress needs no look while nothing waits for its place.
        if !open.iter().any(|each| each.state == QueueState::Waiting || each.is_left) {
            let condition =
                if is_paused { QueueCondition::Paused } else { QueueCondition::default() };
            *self.cell.queue.load.lock() = QueueLoad { condition, ..QueueLoad::default() };
            let is_handing = open.iter().any(|each| each.state == QueueState::Handing);
            return Ok(if is_handing { Left::Some } else { Left::Nothing });
        }
        let mut under_way = self.cell.deployments_under_way().await?;
        if self.depends_on_starts(&open, &under_way) {
            let pause = self.platform.settings().start_look();
            under_way.over = self.cell.starts_over(&open, pause).await;
        }
        let (reach, fresh) =
            (&self.cell.queue.server_reach, self.platform.settings().server_look());
        let is_reached = reach.is_reached(self.cell.coolify(), fresh).await;
        self.note_load(&open, &under_way, (is_paused, is_reached));
        for over in under_way.ended_entries(&open) {
            self.end_handed(over).await;
        }
        for old in open.iter().filter(|each| each.waits_for >= LONGEST_WAIT) {
            self.expire(old).await;
        }
        if !is_paused && is_reached {
            self.hand_over_next(&under_way, running).await?;
        }
        Ok(Left::Some)
    }

    /// Begins to hand over as much as there are places for. A tenant whose deployment can't be claimed is passed over.
    async fn hand_over_next(
        &self,
        under_way: &WorkUnderWay,
        running: &mut JoinSet<()>,
    ) -> Result<(), Failure> {
        let mut skipped = HashSet::new();
        while running.len() < CONCURRENCY {
            let open = self.store.open_deployments(&self.name).await?;
            // Who is next is decided again below: others may have claimed it meanwhile.
            let Some(next) = self.choose(open, under_way, &skipped) else { break };
            match self.claim(&next, under_way, &skipped).await {
                Ok(Some(claimed)) => drop(running.spawn(self.clone().hand_over(claimed))),
                Ok(None) => break,
                failed => {
                    note_failed_step(&next, failed.map(drop));
                    skipped.insert(next.tenant);
                }
            }
        }
        Ok(())
    }

    /// Returns whether something that waits would have a place if the starts in progress were over.
    fn depends_on_starts(&self, open: &[OpenDeployment], under_way: &WorkUnderWay) -> bool {
        let (standing, places) = (QueueSnapshot::new(open, under_way), self.places());
        let mut waiting = open.iter().filter(|each| each.state == QueueState::Waiting);
        waiting.any(|each| standing.depends_on_starts(&each.tenant, &each.resource, places))
    }

    fn places(&self) -> Places {
        let settings = self.platform.settings();
        self.cell.places(settings.coolify_workers, settings.ceilings())
    }

    /// Records how many deployments wait, and for how long, and logs once that one has waited for an hour. This needs no
    /// answer of Coolify.
    fn note_waits(&self, open: &[OpenDeployment]) {
        let waiting = open.iter().filter(|each| each.state == QueueState::Waiting);
        let oldest = waiting.clone().map(|each| each.waits_for).max().unwrap_or_default();
        let waiting = waiting.count();
        let before = {
            let mut load = self.cell.queue.load.lock();
            load.waiting = waiting;
            std::mem::replace(&mut load.oldest, oldest)
        };
        if oldest >= LONG_WAIT && before < LONG_WAIT {
            tracing::warn!(
                waiting,
                "a deployment has waited for an hour: `covibe-server queue list` shows the queue"
            );
        }
    }

    /// Records the load of the queue, and logs once what delays it.
    fn note_load(
        &self,
        open: &[OpenDeployment],
        under_way: &WorkUnderWay,
        (is_paused, is_reached): (bool, bool),
    ) {
        let places = self.places().all;
        let in_progress = QueueSnapshot::new(open, under_way).in_progress();
        let lost = self.cell.queue.without_end(open, self.cell.coolify_condition.longest_build());
        let condition = match () {
            () if is_paused => QueueCondition::Paused,
            () if !is_reached => QueueCondition::ServerUnreachable,
            () if self.cell.queue.is_jammed() => QueueCondition::Jammed,
            () if !lost.is_empty() => QueueCondition::WorkerLost,
            () => QueueCondition::Ok,
        };
        let (before, waiting) = {
            let mut load = self.cell.queue.load.lock();
            let before = load.condition;
            *load = QueueLoad { in_progress, places, condition, ..*load };
            (before, load.waiting)
        };
        if condition == QueueCondition::Jammed && condition != before {
            tracing::warn!(
                "Coolify's own queue is jammed: nothing is handed over until one of its workers is free"
            );
        }
        if condition == QueueCondition::ServerUnreachable && condition != before {
            tracing::warn!(
                waiting,
                "Coolify can't reach its server: nothing is handed over until it can; see the server's page in Coolify"
            );
        }
        if self.cell.queue.note_lost(&lost) {
            tracing::warn!(
                deployments = ?lost,
                "deployments whose workers were lost still hold their places: `covibe-server queue free ID` frees one"
            );
        }
    }

    /// Claims the next deployment, if it is still one of this tenant.
    async fn claim(
        &self,
        expected: &OpenDeployment,
        under_way: &WorkUnderWay,
        skipped: &HashSet<TenantId>,
    ) -> Result<Option<(TenantId, ClaimedDeployment)>, Failure> {
        let mut tx = self.store.tenant(&expected.tenant).await?;
        tx.lock_deployment_queue(&self.name).await?;
        let open = tx.open_deployments(&self.name).await?;
        let chosen = self.choose(open, under_way, skipped);
        let Some(chosen) = chosen.filter(|chosen| chosen.tenant == expected.tenant) else {
            self.cell.queue.changed.notify_one();
            return Ok(None);
        };
        let lease = self.platform.settings().queue_lease;
        let claimed = tx.claim_queued_deployment(&chosen.workspace, &chosen.id, lease).await?;
        tx.commit().await?;
        let (tenant, is_left) = (chosen.tenant, chosen.is_left);
        Ok(claimed.map(|queued| (tenant, ClaimedDeployment { queued, is_left })))
    }

    /// Returns a hand-over that a killed process left, or else the next deployment, if there is a place; none of the
    /// tenants that are passed over.
    fn choose(
        &self,
        mut open: Vec<OpenDeployment>,
        under_way: &WorkUnderWay,
        skipped: &HashSet<TenantId>,
    ) -> Option<OpenDeployment> {
        let is_skipped = |each: &OpenDeployment| skipped.contains(&each.tenant);
        // What is in progress has its place, whoever is passed over.
        open.retain(|each| each.state != QueueState::Waiting || !is_skipped(each));
        let left = open.iter().find(|each| each.is_left && !is_skipped(each));
        left.or_else(|| QueueSnapshot::new(&open, under_way).next(self.places())).cloned()
    }

    /// Hands a deployment over, and writes down why it can't be.
    async fn hand_over(self, (tenant, claimed): (TenantId, ClaimedDeployment)) {
        let (queued, is_left) = (claimed.queued.clone(), claimed.is_left);
        let handed = timeout(LONGEST, self.try_hand_over(&tenant, claimed)).await;
        let outcome = match handed {
            // One that took too long is compared with what Coolify has once its lease has passed.
            Ok(Ok(())) => {
                self.cell.queue.waits.add(queued.asked_at.age());
                None
            }
            Err(_) => None,
            Ok(Err(failure)) if failure.is_in_doubt() => None,
            Ok(Err(failure)) if failure.is_retryable() => {
                tracing::warn!(deployment = %queued.id, %failure, "a deployment could not be handed over yet");
                // What a killed process did of it is not known yet.
                let pause = self.platform.settings().queue_retry();
                Some(if is_left { HandOver::InDoubt(pause) } else { HandOver::Later(pause) })
            }
            Ok(Err(failure)) => Some(HandOver::Failed(failure.message)),
        };
        if let Some(outcome) = outcome
            && let Err(failure) = self.settle(&tenant, &queued, &outcome).await
        {
            tracing::warn!(deployment = %queued.id, %failure, "the outcome of a hand-over could not be recorded");
        }
        self.cell.queue.changed.notify_one();
    }

    async fn try_hand_over(
        &self,
        tenant: &TenantId,
        claimed: ClaimedDeployment,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let record = tx.workspace(&claimed.queued.workspace).await?;
        tx.commit().await?;
        // Its deployments were deleted together with it.
        let Some(record) = record else { return Ok(()) };
        let platform = Arc::clone(&self.platform);
        let workspace = operator_access::open_server(platform, record, Access::Write);
        self.worker.hand_over(workspace, claimed).await
    }

    async fn settle(
        &self,
        tenant: &TenantId,
        queued: &QueuedDeployment,
        outcome: &HandOver,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant(tenant).await?;
        tx.settle_queued_deployment(&queued.workspace, &queued.id, outcome).await?;
        Ok(tx.commit().await?)
    }
}

/// Logs that a step for a tenant failed. The round continues with others, and the next one repeats the step.
fn note_failed_step(of: &OpenDeployment, step: Result<(), Failure>) {
    if let Err(failure) = step {
        tracing::warn!(tenant = %of.tenant, deployment = %of.id, %failure, "a step of the queue failed");
    }
}
