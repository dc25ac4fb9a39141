//! Accidents of Coolify itself, as a test arranges them.

use super::jobs::{deployments, worker_queue};
use super::model::CoolifyState;
use crate::core::Setting;

/// Something that happens to Coolify or its workers, as seen with 4.3.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accident {
    /// The worker with the oldest job is killed: the job is lost, and what it is for looks as before for a day.
    WorkerLost,
    /// Coolify is restarted: every waiting and running deployment is marked as failed. Jobs on the list run
    /// afterwards all the same.
    Restarted,
    /// Redis loses its list: what stood on it looks as before and is never done.
    ListFlushed,
}

impl Setting for Accident {}

/// The number of workers: `HORIZON_MAX_PROCESSES`, four by default.
#[derive(Clone, Copy, Debug)]
pub struct WorkerCount(pub usize);

impl Setting for WorkerCount {}

/// Lets it happen.
pub(super) fn happen(state: &mut CoolifyState, accident: Accident) {
    worker_queue::run(state);
    match accident {
        Accident::WorkerLost => {
            state.workers.kill_one();
        }
        Accident::Restarted => {
            state.workers.kill_all();
            deployments::fail_all(state);
        }
        Accident::ListFlushed => state.workers.flush(),
    }
    worker_queue::run(state);
}
