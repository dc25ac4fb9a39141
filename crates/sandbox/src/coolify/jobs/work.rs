//! Does what the workers do, in the order of time.

use std::time::Instant;

use super::{deletion, deployments, lifecycle};
use crate::coolify::model::{Event, Job, State};

/// Does everything that has begun or ended by now.
pub(crate) fn run(state: &mut State) {
    let now = state.now();
    while let Some((at, event)) = state.workers.next(now) {
        match event {
            Event::Began(job) => begin(state, job, at),
            Event::Ended(job) => end(state, &job, at),
        }
    }
}

fn begin(state: &mut State, job: Job, at: Instant) {
    let ends = match &job {
        Job::Deployment(uuid) => deployments::begin(state, uuid, at),
        Job::Start(_) => Some(at),
        Job::Up(start) => Some(lifecycle::begin(state, start, at)),
        Job::Deletion(one) => Some(deletion::begin(state, one, at)),
    };
    state.workers.begin(job, ends);
}

fn end(state: &mut State, job: &Job, at: Instant) {
    match job {
        Job::Deployment(uuid) => deployments::end(state, uuid, at),
        Job::Start(start) => state.workers.push(Job::Up(start.clone()), at),
        Job::Up(start) => lifecycle::end(state, start, at),
        Job::Deletion(_) => {}
    }
}
