//! The queue of deployments and starts before Coolify.
//!
//! Coolify's own order is a race (4.3.11): it gives places without a lock, so that later deployments overtake earlier ones,
//! and one that waits there starts an app that was stopped meanwhile. So nothing waits inside Coolify: a deployment is
//! handed over when it can begin. Until then it stands in the database, where every server sees it.

mod order;
mod requested_starts;

use std::collections::HashMap;
use std::time::Duration;

use covibe_coolify::Deployment;
use covibe_domain::DeploymentUuid;
use covibe_domain::entities::DeploymentStatus;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) use self::order::{Ahead, Places, Standing, UnderWay};
use self::requested_starts::RequestedStarts;
pub(super) use self::requested_starts::state_of;

/// The time for which a deployment may be on Coolify's list of work without a worker. Nothing of ours waits there, so that a worker
/// takes it within seconds unless they are all busy or gone.
const PROMPT: Duration = Duration::from_mins(1);

/// The part of the queue of a cell that this process remembers.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// Wakes who hands deployments over: one began to wait, or a place may be free.
    pub(crate) changed: Notify,
    /// Its load, for the operator.
    pub(crate) load: Mutex<QueueLoad>,
    /// The deployments that Coolify had under way when it was asked last.
    last: Mutex<UnderWay>,
    /// When this process has handed over which deployments, by Coolify's ids.
    handed: Mutex<HashMap<DeploymentUuid, Instant>>,
    /// The deployments that no worker had when they were read, and since when.
    without_worker: Mutex<HashMap<DeploymentUuid, Instant>>,
    /// The starts that this process has requested.
    pub(crate) starts: RequestedStarts,
}

/// The load of the queue of deployments, as it was when this server looked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueLoad {
    /// The number of deployments and starts that wait, of all tenants.
    pub waiting: usize,
    /// The time for which the oldest of them has waited.
    pub oldest: Duration,
    /// The number of deployments and starts in progress.
    pub in_progress: usize,
    /// The number of places; none while Coolify's own list of work is jammed.
    pub places: usize,
}

impl Queue {
    /// Returns what Coolify had under way when it was asked last.
    pub(crate) fn last_under_way(&self) -> UnderWay {
        self.last.lock().clone()
    }

    /// Notes that this process has handed a deployment over, which Coolify knows by this id.
    pub(crate) fn note_handed(&self, uuid: &DeploymentUuid) {
        let now = Instant::now();
        let mut handed = self.handed.lock();
        handed.retain(|_, at| now.duration_since(*at) < PROMPT);
        handed.insert(uuid.clone(), now);
    }

    /// Notes what Coolify has under way, and returns it together with what this process has handed over.
    pub(crate) fn note(&self, asked_at: Instant, mut deployments: Vec<Deployment>) -> UnderWay {
        deployments.retain(|each| each.status.is_open());
        let handed = self.handed.lock().clone();
        let over = self.starts.over();
        let under_way = UnderWay { asked_at, deployments, handed, over };
        self.note_workers(&under_way);
        *self.last.lock() = under_way.clone();
        under_way
    }

    fn note_workers(&self, under_way: &UnderWay) {
        let now = Instant::now();
        let waits =
            |each: &&Deployment| each.is_without_worker && each.status == DeploymentStatus::Queued;
        let mut known = self.without_worker.lock();
        let waiting = under_way.deployments.iter().filter(waits);
        let waiting =
            waiting.map(|each| (each.uuid.clone(), known.get(&each.uuid).copied().unwrap_or(now)));
        *known = waiting.collect();
    }

    /// Returns whether Coolify's list of work is jammed: a deployment has stood on it for a minute without a worker.
    pub(crate) fn is_jammed(&self) -> bool {
        let now = Instant::now();
        self.without_worker.lock().values().any(|since| now.duration_since(*since) >= PROMPT)
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::AppUuid;
    use serde_json::json;

    use super::*;

    fn deployment(worker: Option<&str>) -> Vec<Deployment> {
        let app: AppUuid = "app4567".parse().unwrap();
        let link = format!("/project/project1/environment/env1/application/{app}");
        let value = json!({ "deployment_uuid": "deployment1", "status": "queued",
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
}
