//! The workers that carry out Coolify's work behind its API, and the one list from which they take it.
//!
//! As seen with 4.3.11 and its Horizon: the list is first in, first out, and the same for deployments, starts and
//! deletions. A start is two jobs; the second one goes to the end of the list again. A worker that is lost takes its
//! job along.

use std::collections::VecDeque;
use std::time::Instant;

use super::resource::Family;
use crate::coolify::arranged_outcomes::Outcome;
use crate::coolify::options::PeakLoad;

/// The maximum number of workers: `HORIZON_MAX_PROCESSES`.
const WORKERS: usize = 4;

/// A piece of work for a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// The deployment with this uuid.
    Deployment(String),
    /// The first job of a start (`StartService`, `StartDatabase`, `RestartService`), which only puts the second one on the list.
    Start(Start),
    /// The second job of a start (`CoolifyTask`), which brings the containers up.
    Up(Start),
    /// The deletion of a resource.
    Deletion(Deletion),
    /// The start of the proxy of the public database with this uuid.
    StartProxy(String),
    /// The end of such a proxy.
    StopProxy(String),
}

/// A start of a database or service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) family: Family,
    pub(crate) uuid: String,
    pub(crate) outcome: Outcome,
    /// The treatment of the running containers; `None` if nothing ran when the start was requested.
    pub(crate) restart: Option<Restart>,
}

/// A start of a resource that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Restart {
    /// True if its images are pulled again.
    pub(crate) is_pulled: bool,
}

/// The deletion of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deletion {
    pub(crate) family: Family,
    pub(crate) uuid: String,
    pub(crate) deletes_volumes: bool,
}

/// An event in the life of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A worker has it.
    Began(Job),
    /// It is done.
    Ended(Job),
}

struct Waiting {
    job: Job,
    not_before: Instant,
}

struct Running {
    job: Job,
    /// Unknown while a checkout or the like decides on it.
    ends: Option<Instant>,
}

/// The workers and their list.
pub(crate) struct Workers {
    count: usize,
    waiting: VecDeque<Waiting>,
    running: Vec<Running>,
    /// The moment of the last event.
    last: Option<Instant>,
    peak: PeakLoad,
}

impl Default for Workers {
    fn default() -> Self {
        Self::new(PeakLoad::default())
    }
}

impl Workers {
    /// Creates idle workers that note their highest load in `peak`.
    pub(crate) const fn new(peak: PeakLoad) -> Self {
        Self { count: WORKERS, waiting: VecDeque::new(), running: Vec::new(), last: None, peak }
    }

    /// Changes the number of workers.
    pub(crate) fn set_count(&mut self, count: usize) {
        self.count = count.max(1);
    }

    /// Puts a job at the end of the list. No worker takes it before `not_before`.
    pub(crate) fn push(&mut self, job: Job, not_before: Instant) {
        self.waiting.push_back(Waiting { job, not_before });
        let jobs = || {
            self.waiting.iter().map(|one| &one.job).chain(self.running.iter().map(|one| &one.job))
        };
        let builds = jobs().filter(|job| matches!(job, Job::Deployment(_))).count();
        let starts = jobs().filter(|job| matches!(job, Job::Start(_) | Job::Up(_))).count();
        self.peak.note(builds, starts);
    }

    /// Returns whether a worker would take another job now.
    pub(crate) fn is_free(&self) -> bool {
        self.running.len() + self.waiting.len() < self.count
    }

    /// Notes that a worker has a job, and the moment of its end, if that is known.
    pub(crate) fn begin(&mut self, job: Job, ends: Option<Instant>) {
        self.running.push(Running { job, ends });
    }

    /// Sets the moment when a running job ends.
    pub(crate) fn end_at(&mut self, job: &Job, at: Instant) {
        if let Some(found) = self.running.iter_mut().find(|one| one.job == *job) {
            found.ends = Some(at);
        }
    }

    /// Removes a job from the list, or from its worker, which is then free.
    pub(crate) fn remove(&mut self, is_it: impl Fn(&Job) -> bool) {
        self.waiting.retain(|one| !is_it(&one.job));
        self.running.retain(|one| !is_it(&one.job));
    }

    /// Returns whether such a job waits or runs.
    pub(crate) fn has_job(&self, is_it: impl Fn(&Job) -> bool) -> bool {
        let waiting = self.waiting.iter().map(|one| &one.job);
        waiting.chain(self.running.iter().map(|one| &one.job)).any(is_it)
    }

    /// Kills the worker that has been at its job for longest. Another one takes its place, but not its job.
    pub(crate) fn kill_one(&mut self) -> Option<Job> {
        (!self.running.is_empty()).then(|| self.running.remove(0).job)
    }

    /// Kills all workers and leaves the waiting jobs on the list.
    pub(crate) fn kill_all(&mut self) {
        self.running.clear();
    }

    /// Empties the list, as after a flush of Redis.
    pub(crate) fn flush(&mut self) {
        self.waiting.clear();
    }

    /// Removes and returns the next event up to this moment. A job that began has to be handed to [`Workers::begin`].
    pub(crate) fn next(&mut self, now: Instant) -> Option<(Instant, Event)> {
        let end = self.first_end().filter(|(at, _)| *at <= now);
        let begin = self.first_begin().filter(|(at, _)| *at <= now);
        let (at, event) = match (end, begin) {
            (Some((at, index)), begin) if begin.is_none_or(|(other, _)| at <= other) => {
                (at, Event::Ended(self.running.remove(index).job))
            }
            (_, Some((at, index))) => (at, Event::Began(self.waiting.remove(index)?.job)),
            (_, None) => return None,
        };
        self.last = self.last.max(Some(at));
        Some((at, event))
    }

    fn first_end(&self) -> Option<(Instant, usize)> {
        let ends = self.running.iter().enumerate();
        ends.filter_map(|(index, one)| Some((one.ends?, index))).min()
    }

    fn first_begin(&self) -> Option<(Instant, usize)> {
        if self.running.len() >= self.count {
            return None;
        }
        let at = |one: &Waiting| self.last.map_or(one.not_before, |last| one.not_before.max(last));
        self.waiting.iter().enumerate().map(|(index, one)| (at(one), index)).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PACE: Duration = Duration::from_secs(1);

    fn deployment(number: usize) -> Job {
        Job::Deployment(number.to_string())
    }

    /// Runs jobs of one pace each; returns the moment when each began, in paces.
    fn run(workers: &mut Workers, from: Instant) -> Vec<(u128, Job)> {
        let mut begun = Vec::new();
        while let Some((at, event)) = workers.next(from + 100 * PACE) {
            if let Event::Began(job) = event {
                begun.push(((at - from).as_millis() / PACE.as_millis(), job.clone()));
                workers.begin(job, Some(at + PACE));
            }
        }
        begun
    }

    #[test]
    fn jobs_begin_in_order_as_soon_as_workers_are_free() {
        let (mut workers, from) = (Workers::default(), Instant::now());
        (0..10).for_each(|number| workers.push(deployment(number), from));
        assert!(!workers.is_free());
        let begun = run(&mut workers, from);
        let expected = (0..10).map(|number| (number as u128 / 4, deployment(number)));
        assert_eq!(begun, expected.collect::<Vec<_>>());
        assert!(workers.is_free());
    }

    #[test]
    fn a_killed_worker_loses_its_job_and_the_next_jobs_are_still_done() {
        let (mut workers, from) = (Workers::default(), Instant::now());
        workers.set_count(1);
        (0..3).for_each(|number| workers.push(deployment(number), from));
        let Some((_, Event::Began(job))) = workers.next(from) else { panic!("it begins") };
        workers.begin(job, Some(from + 10 * PACE));
        assert_eq!(workers.next(from), None, "the only worker is busy");
        assert_eq!(workers.kill_one(), Some(deployment(0)));
        assert_eq!(run(&mut workers, from), [(0, deployment(1)), (1, deployment(2))]);
    }

    #[test]
    fn a_job_without_a_decided_end_occupies_its_worker_until_it_is_ended() {
        let (mut workers, from) = (Workers::default(), Instant::now());
        workers.set_count(1);
        (0..2).for_each(|number| workers.push(deployment(number), from));
        let Some((_, Event::Began(job))) = workers.next(from) else { panic!("it begins") };
        workers.begin(job.clone(), None);
        assert_eq!(workers.next(from + 100 * PACE), None);
        workers.end_at(&job, from + 5 * PACE);
        assert_eq!(workers.next(from + 5 * PACE), Some((from + 5 * PACE, Event::Ended(job))));
        assert_eq!(run(&mut workers, from), [(5, deployment(1))]);
    }
}
