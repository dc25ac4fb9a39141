//! Does what the workers do, in the order of time.

use std::time::Instant;

use super::{container_inspections, database_proxies, deletion, deployments, lifecycle};
use crate::coolify::model::{CoolifyState, Event, Job};

/// Carries out what is due by now.
pub(crate) fn settle(state: &mut CoolifyState) {
    let now = state.now();
    deployments::settle(state, now);
    run(state);
    database_proxies::settle(state, now);
    state.note_host(now);
    let due = state.resources.due(now);
    if !due.is_empty() {
        deletion::settle(state, now);
        container_inspections::settle(state, &due, now);
    }
}

/// Has the workers begin and end everything that they have begun or ended by now.
pub(crate) fn run(state: &mut CoolifyState) {
    let now = state.now();
    while let Some((at, event)) = state.workers.next(now) {
        match event {
            Event::Began(job) => begin_job(state, job, at),
            Event::Ended(job) => end_job(state, &job, at),
        }
    }
}

fn begin_job(state: &mut CoolifyState, job: Job, at: Instant) {
    let ends = match &job {
        Job::Deployment(uuid) => deployments::begin_deployment(state, uuid, at),
        Job::Start(_) => Some(at),
        Job::Up(start) => Some(lifecycle::begin_start(state, start, at)),
        Job::Deletion(one) => Some(deletion::begin_deletion(state, one, at)),
        Job::StartProxy(_) | Job::StopProxy(_) => Some(at + state.pace),
    };
    state.workers.begin(job, ends);
}

fn end_job(state: &mut CoolifyState, job: &Job, at: Instant) {
    match job {
        Job::Deployment(uuid) => deployments::end_deployment(state, uuid, at),
        Job::Start(start) => state.workers.push(Job::Up(start.clone()), at),
        Job::Up(start) => lifecycle::end_start(state, start, at),
        Job::Deletion(_) => {}
        Job::StartProxy(uuid) => database_proxies::end_start(state, uuid),
        Job::StopProxy(uuid) => database_proxies::remove(state, uuid),
    }
}
