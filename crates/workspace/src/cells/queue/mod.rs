//! The queue of deployments and starts before Coolify.
//!
//! Coolify's own order is a race (4.3.11): it assigns places without a lock, so that later deployments overtake earlier
//! ones, and one that waits there starts an app that was stopped meanwhile. So no deployment waits inside Coolify: each
//! is handed over when it can begin. Until then it is in the database, where every server sees it.
//!
//! `Coolify::enqueue` writes a deployment or start into `queued_deployments` in one transaction with the choice of
//! the next one (`queue_order`, a pure function of the open ones and those in progress at Coolify). If it is the next
//! one itself, its own call hands it over; otherwise `QueueWatch`, which `serve` owns, does so when there is a place.
//! Hand-overs are claimed under a lock of the cell's queue, by a lease: the next holder of one that a killed
//! process or a lost answer left compares it with Coolify's deployments, and adopts or repeats it
//! (`scoped/coolify/queue/hand_over.rs`). A start needs a `StartPlace` (`scoped/coolify/queue/starts.rs`), which
//! also records its outcome; `starts_in_progress` sees its end by the state of the started resource.
//!
//! The worker of `QueueWatch` is in `tools/src/apps/run/deploy`, because a deployment that waited is judged and handed
//! over by the way of `apps.deploy`. Reads by the id of a deployment that waited lead to Coolify's deployment
//! (`scoped/coolify/queue/deployment_records.rs`), so nothing else knows of the queue.

mod queue_order;
mod server_reachability;
mod starts_in_progress;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use covibe_coolify::Deployment;
use covibe_domain::DeploymentUuid;
use covibe_domain::counters::Durations;
use covibe_domain::entities::DeploymentStatus;
use covibe_store::OpenDeployment;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) use self::queue_order::{Places, QueuePosition, QueueSnapshot, WorkUnderWay};
use self::server_reachability::ServerReach;
use self::starts_in_progress::RequestedStarts;
use crate::settings::Ceilings;

/// The time for which a deployment may be in Coolify's queue without a worker. None of ours waits there, so that
/// a worker takes it within seconds unless they are all busy or gone.
const PROMPT: Duration = Duration::from_mins(1);

/// The time by which a deployment may exceed its time limit until Coolify has ended it.
const PATIENCE: Duration = Duration::from_mins(5);

/// The part of the queue of a cell that this process remembers.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Wakes the worker that hands deployments over: a deployment was queued, or a place may be free.
    pub(crate) changed: Notify,
    /// Its load, for the operator.
    pub(crate) load: Mutex<QueueLoad>,
    /// The deployments that Coolify had under way at the last question, if there was one.
    last: Mutex<Option<WorkUnderWay>>,
    /// The times when this process handed deployments over, by Coolify's ids.
    handed: Mutex<HashMap<DeploymentUuid, Instant>>,
    /// The deployments that had no worker when they were read, with the time since when.
    without_worker: Mutex<HashMap<DeploymentUuid, Instant>>,
    /// The deployments that had a worker when they were read, with the time since when.
    with_worker: Mutex<HashMap<DeploymentUuid, Instant>>,
    /// The deployments whose lost workers were reported to the operator.
    lost: Mutex<HashSet<DeploymentUuid>>,
    /// The reach of Coolify to its server: nothing is handed over while it is lost.
    pub(crate) server_reach: ServerReach,
    /// The starts that this process has requested.
    pub(crate) starts: RequestedStarts,
    /// The times that deployments waited before this process handed them over.
    pub(crate) waits: Durations,
}

/// The state of the hand-over of deployments and starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueCondition {
    /// Waiting deployments are handed over as places become free.
    #[default]
    Ok,
    /// The same, but a deployment whose worker was lost holds its place.
    WorkerLost,
    /// The operator has paused the hand-over.
    Paused,
    /// Coolify's own queue is jammed.
    Jammed,
    /// Coolify can't reach its server, and would lose deployments that are handed over.
    ServerUnreachable,
    /// Coolify or the database cannot be reached.
    Unreachable,
}

impl QueueCondition {
    /// Returns its name in the health check.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::WorkerLost => "worker_lost",
            Self::Paused => "paused",
            Self::Jammed => "jammed",
            Self::ServerUnreachable => "server_unreachable",
            Self::Unreachable => "unreachable",
        }
    }

    /// Returns the reason why no deployment is handed over, though there may be places; `None` if they are.
    pub(crate) const fn held_back(self) -> Option<&'static str> {
        match self {
            Self::Ok | Self::WorkerLost => None,
            Self::Paused => Some("the operator has paused the hand-over to Coolify"),
            Self::Jammed => Some("Coolify's own queue is jammed"),
            Self::ServerUnreachable => Some("Coolify can't reach its server"),
            Self::Unreachable => Some("Coolify does not answer"),
        }
    }
}

/// The load of the queue of deployments, as this server saw it last: at most half a minute ago while nothing waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueLoad {
    /// The number of deployments and starts that wait, of all tenants.
    pub waiting: usize,
    /// The time for which the oldest of them has waited.
    pub oldest: Duration,
    /// The number of deployments and starts in progress.
    pub in_progress: usize,
    /// The number of places; none while Coolify's own queue is jammed.
    pub places: usize,
    /// The reason for a delay of the hand-over.
    pub condition: QueueCondition,
}

impl QueueLoad {
    /// Returns the load of two cells together.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            oldest: self.oldest.max(other.oldest),
            in_progress: self.in_progress + other.in_progress,
            places: self.places + other.places,
            condition: self.condition.max(other.condition),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            changed: Notify::default(),
            load: Mutex::default(),
            last: Mutex::default(),
            handed: Mutex::default(),
            without_worker: Mutex::default(),
            with_worker: Mutex::default(),
            lost: Mutex::default(),
            server_reach: ServerReach::default(),
            starts: RequestedStarts::default(),
            waits: Durations::for_waits(),
        }
    }
}

impl Queue {
    /// Returns the work that Coolify had under way when this process asked last; `None` if it has not asked yet.
    pub(crate) fn last_under_way(&self) -> Option<WorkUnderWay> {
        self.last.lock().clone()
    }

    /// Records that this process has handed a deployment over, with its id at Coolify.
    pub(crate) fn note_handed(&self, uuid: &DeploymentUuid) {
        let now = Instant::now();
        let mut handed = self.handed.lock();
        handed.retain(|_, at| now.duration_since(*at) < PROMPT);
        handed.insert(uuid.clone(), now);
    }

    /// Records the work that Coolify has under way, and returns it together with the hand-overs of this process.
    pub(crate) fn note(&self, asked_at: Instant, mut deployments: Vec<Deployment>) -> WorkUnderWay {
        deployments.retain(|each| each.status.is_open());
        let handed = self.handed.lock().clone();
        let over = self.starts.ended_starts();
        let under_way = WorkUnderWay { asked_at, deployments, handed, over };
        self.note_workers(&under_way);
        *self.last.lock() = Some(under_way.clone());
        under_way
    }

    fn note_workers(&self, under_way: &WorkUnderWay) {
        let waits =
            |each: &&Deployment| each.is_without_worker && each.status == DeploymentStatus::Queued;
        let runs = |each: &&Deployment| each.status == DeploymentStatus::InProgress;
        note_since(&self.without_worker, under_way.deployments.iter().filter(waits));
        note_since(&self.with_worker, under_way.deployments.iter().filter(runs));
    }

    /// Returns the deployments that have had a worker for longer than Coolify lets one work: the worker was lost, but
    /// Coolify considers it busy for a day (4.3.11).
    pub(crate) fn without_end(
        &self,
        open: &[OpenDeployment],
        longest: Duration,
    ) -> HashSet<DeploymentUuid> {
        let (now, known) = (Instant::now(), self.with_worker.lock());
        let handed_for = |uuid: &DeploymentUuid| {
            let of = open.iter().find(|each| each.deployment.as_ref() == Some(uuid));
            of.and_then(|each| each.handed_for).unwrap_or_default()
        };
        let age = |uuid: &DeploymentUuid, since: &Instant| {
            now.duration_since(*since).max(handed_for(uuid))
        };
        let lost = known.iter().filter(|(uuid, since)| age(uuid, since) >= longest + PATIENCE);
        lost.map(|(uuid, _)| uuid.clone()).collect()
    }

    /// Records the deployments that have lost their workers. Returns whether some of them are new.
    pub(crate) fn note_lost(&self, lost: &HashSet<DeploymentUuid>) -> bool {
        let before = std::mem::replace(&mut *self.lost.lock(), lost.clone());
        !lost.is_subset(&before)
    }

    /// Returns whether Coolify's queue is jammed: a deployment has been in it for a minute without a worker.
    pub(crate) fn is_jammed(&self) -> bool {
        let now = Instant::now();
        self.without_worker.lock().values().any(|since| now.duration_since(*since) >= PROMPT)
    }

    /// Returns the places for a Coolify with this many workers: none while its own queue is jammed. One worker
    /// is left for people and for Coolify itself.
    pub(crate) fn places(&self, workers: usize, builds: usize, ceilings: Ceilings) -> Places {
        let all = if self.is_jammed() { 0 } else { workers.saturating_sub(1).max(1) };
        let most = |ceiling: Option<usize>| ceiling.unwrap_or(usize::MAX);
        let (builds_each, starts_each) = (most(ceilings.builds), most(ceilings.starts));
        Places { all, builds: builds.min(all), builds_each, starts_each }
    }
}

/// Records the time since when deployments are in their current state.
fn note_since<'a>(
    known: &Mutex<HashMap<DeploymentUuid, Instant>>,
    seen: impl Iterator<Item = &'a Deployment>,
) {
    let (now, mut known) = (Instant::now(), known.lock());
    let since = |each: &Deployment| known.get(&each.uuid).copied().unwrap_or(now);
    let seen = seen.map(|each| (each.uuid.clone(), since(each))).collect();
    *known = seen;
}

#[cfg(test)]
mod tests {
    use covibe_domain::AppUuid;
    use serde_json::json;

    use super::*;

    fn deployment(worker: Option<&str>) -> Vec<Deployment> {
        let app: AppUuid = "app4567".parse().unwrap();
        let link = format!("/project/project1/environment/env1/application/{app}");
        let status = worker.map_or("queued", |_| "in_progress");
        let value = json!({ "deployment_uuid": "deployment1", "status": status,
            "horizon_job_worker": worker, "deployment_url": link });
        vec![serde_json::from_value(value).unwrap()]
    }

    #[tokio::test(start_paused = true)]
    async fn a_deployment_without_a_worker_for_a_minute_is_a_jam() {
        let queue = Queue::default();
        queue.note(Instant::now(), deployment(None));
        assert!(!queue.is_jammed());
        tokio::time::advance(PROMPT).await;
        queue.note(Instant::now(), deployment(None));
        assert!(queue.is_jammed());
        queue.note(Instant::now(), deployment(Some("worker")));
        assert!(!queue.is_jammed(), "a worker has it");
        queue.note(Instant::now(), deployment(None));
        assert!(!queue.is_jammed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deployment_that_outlasts_its_longest_time_has_lost_its_worker() {
        let (queue, longest) = (Queue::default(), Duration::from_hours(1));
        queue.note(Instant::now(), deployment(Some("worker")));
        tokio::time::advance(longest).await;
        queue.note(Instant::now(), deployment(Some("worker")));
        assert!(queue.without_end(&[], longest).is_empty(), "Coolify may be ending it");
        tokio::time::advance(PATIENCE).await;
        queue.note(Instant::now(), deployment(Some("worker")));
        let lost = HashSet::from(["deployment1".parse().unwrap()]);
        assert_eq!(queue.without_end(&[], longest), lost);
        assert!(queue.note_lost(&lost) && !queue.note_lost(&lost), "it is told once");
        let both = HashSet::from(["deployment1".parse().unwrap(), "deployment2".parse().unwrap()]);
        assert!(queue.note_lost(&both), "another one is told, too");
        queue.note(Instant::now(), Vec::new());
        assert!(queue.without_end(&[], longest).is_empty());
    }
}
