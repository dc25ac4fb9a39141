//! One start as it truly is, and what docker and Coolify tell of it at a moment.

use std::time::Duration;

use covibe_coolify::{Health as ToldHealth, RunState, Status as Told};
use covibe_docker_host::{Health, Status};
use covibe_domain::Timestamp;
use fastrand::Rng;

use super::super::container_facts::ContainerState;
use super::super::start_observations::CoolifyRow;

/// The time that a call waits, in seconds.
pub(super) const WAIT: f64 = 595.0;

/// The time that Coolify has to begin a start before a database counts as restarted, if nothing else shows it.
pub(super) const NOTICE: f64 = 60.0;

/// A container, as it truly is.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) id: u64,
    pub(super) service: usize,
    pub(super) created: f64,
    pub(super) removed: f64,
    /// The runs of its program: from, until, and with which exit code.
    pub(super) runs: Vec<(f64, f64, i64)>,
    /// The answer of its health check, and how long after its first run.
    pub(super) check: Option<(Health, f64)>,
}

impl Container {
    /// Returns what Docker has of it at this moment; `None` if it has no such container.
    pub(super) fn state_at(&self, at: f64) -> Option<ContainerState<u64>> {
        if at < self.created || at >= self.removed {
            return None;
        }
        let begun = self.runs.iter().take_while(|(from, ..)| *from <= at).count();
        let (status, exit_code) = match begun.checked_sub(1).map(|last| self.runs[last]) {
            None => (Status::Created, 0),
            Some((_, until, _)) if at < until => (Status::Running, 0),
            Some((.., code)) if begun < self.runs.len() => (Status::Restarting, code),
            Some((.., code)) => (Status::Exited, code),
        };
        let health = self.check.filter(|_| status == Status::Running).map(|(answer, after)| {
            if at >= self.runs[0].0 + after { answer } else { Health::Starting }
        });
        Some(ContainerState {
            id: self.id,
            service: self.service.to_string(),
            status,
            exit_code,
            health,
            restarts: begun.saturating_sub(1) as u64,
        })
    }

    /// Returns the moments at which something happens to it.
    fn events(&self) -> impl Iterator<Item = f64> {
        let runs = self.runs.iter().flat_map(|(from, until, _)| [*from, *until]);
        let check =
            self.check.iter().map(|(_, after)| self.runs.first().map_or(0.0, |run| run.0 + after));
        runs.chain(check).chain([self.created, self.removed])
    }
}

/// One start, with everything that happens around it. Times are in seconds since it was requested.
#[derive(Debug)]
pub(super) struct History {
    pub(super) is_database: bool,
    pub(super) lasting: usize,
    pub(super) jobs: usize,
    pub(super) containers: Vec<Container>,
    /// The ids below this one were there before the start.
    pub(super) first_new: u64,
    /// The times at which Coolify's worker begins the start, and at which its task is over.
    pub(super) task: (f64, f64),
    /// The times at which Coolify looks at the containers.
    pub(super) samples: Vec<f64>,
    /// The times in which docker, and in which Coolify does not answer.
    pub(super) lost_docker: Vec<(f64, f64)>,
    pub(super) lost_coolify: Vec<(f64, f64)>,
    pub(super) has_host: bool,
    /// True if Coolify notes another configuration when it begins.
    pub(super) has_new_config: bool,
}

/// Returns some windows of time.
fn windows(rng: &mut Rng, most: usize) -> Vec<(f64, f64)> {
    let window = |rng: &mut Rng| {
        let from = rng.f64() * 300.0;
        (from, from + rng.f64() * 90.0)
    };
    (0..rng.usize(0..=most)).map(|_| window(rng)).collect()
}

pub(super) fn is_within(windows: &[(f64, f64)], at: f64) -> bool {
    windows.iter().any(|(from, until)| (*from..*until).contains(&at))
}

/// Returns the runs of a program that begins at this moment and is to run on, or to end by itself.
fn runs(rng: &mut Rng, from: f64, is_job: bool) -> Vec<(f64, f64, i64)> {
    let forever = f64::INFINITY;
    match rng.u8(0..10) {
        // It ends by itself.
        _ if is_job => {
            let code = i64::from(rng.u8(0..4) == 0);
            vec![(from, from + rng.f64() * 30.0, code)]
        }
        // It ends, and Docker does not start it again.
        0 => vec![(from, from + rng.f64() * 60.0, rng.i64(0..3))],
        // It crashes some times, and then stays up or not.
        1..=3 => {
            let (mut at, mut pause, mut all) = (from, 0.1, Vec::new());
            let (crashes, length) = (rng.usize(1..9), rng.f64() * 20.0);
            for _ in 0..crashes {
                let until = at + length * rng.f64();
                all.push((at, until, 1));
                at = until + pause;
                pause = f64::min(pause * 2.0, 60.0);
            }
            if rng.bool() {
                all.push((at, forever, 0));
            } else {
                while at < WAIT + 60.0 {
                    all.push((at, at + length * rng.f64(), 1));
                    at += length + 60.0;
                }
            }
            all
        }
        _ => vec![(from, forever, 0)],
    }
}

impl History {
    pub(super) fn random(rng: &mut Rng) -> Self {
        let is_database = rng.u8(0..4) == 0;
        let (lasting, jobs) = if is_database { (1, 0) } else { (rng.usize(0..4), rng.usize(0..3)) };
        let (lasting, jobs) = if lasting + jobs == 0 { (1, 0) } else { (lasting, jobs) };
        let services = lasting + jobs;
        let has_host = rng.u8(0..5) > 0;
        // Without a host, a late start of a database looks like one that is over.
        let longest_delay = if is_database && !has_host { NOTICE / 2.0 } else { 200.0 };
        let begin = rng.f64() * if rng.bool() { 3.0 } else { longest_delay };
        let pull = rng.f64() * if rng.bool() { 2.0 } else { 100.0 };
        let had_old = rng.bool();
        let (fails, hangs) = (rng.u8(0..8) == 0, rng.u8(0..8) == 0 && !is_database);
        let mut containers = Vec::new();
        // What was there ends before the pull or after it; a database before it.
        let removed = begin + if is_database || rng.bool() { 0.0 } else { pull };
        for service in (0..services).filter(|_| had_old) {
            containers.push(Container {
                id: service as u64,
                service,
                created: -1000.0,
                removed: removed + turn(service),
                runs: vec![(-1000.0, f64::INFINITY, 0)],
                check: None,
            });
        }
        let mut created = begin + pull;
        for service in (0..services).filter(|_| !fails) {
            created = f64::max(created + rng.f64() * 0.2, removed + turn(service));
            let from = created + rng.f64() * if rng.bool() { 0.5 } else { 20.0 };
            let answers = [Health::Healthy, Health::Healthy, Health::Unhealthy];
            let after = rng.f64() * 90.0;
            let check =
                (service < lasting && rng.u8(0..3) == 0).then(|| (answers[rng.usize(0..3)], after));
            containers.push(Container {
                id: 100 + service as u64,
                service,
                created,
                removed: f64::INFINITY,
                runs: runs(rng, from, service >= lasting),
                check,
            });
        }
        let over = containers.iter().filter_map(|one| one.runs.first()).map(|run| run.0);
        let over = over.fold(created, f64::max);
        let mut samples = Vec::new();
        let mut at = rng.f64() * 60.0 - 60.0;
        while at < WAIT {
            samples.push(at);
            at += 10.0 + rng.f64() * 290.0;
        }
        Self {
            is_database,
            lasting,
            jobs,
            containers,
            first_new: 100,
            task: (begin, if hangs { f64::INFINITY } else { over }),
            samples,
            lost_docker: windows(rng, 2),
            lost_coolify: windows(rng, 2),
            has_host,
            has_new_config: !is_database && rng.bool(),
        }
    }

    /// Returns what Docker has at this moment, the newest of each service.
    pub(super) fn docker(&self, at: f64) -> Vec<ContainerState<u64>> {
        let mut shown: Vec<_> = self.containers.iter().filter_map(|one| one.state_at(at)).collect();
        shown.sort_by_key(|one| (one.service.clone(), std::cmp::Reverse(one.id)));
        shown.dedup_by(|one, newer| one.service == newer.service);
        shown
    }

    /// Returns the status that Coolify reports at this moment, and the time of its look. It reports a service as
    /// starting while its task goes on, and a container that is restarted repeatedly as running (4.3.11).
    fn coolify(&self, at: f64) -> (Told, Option<f64>) {
        let sample = self.samples.iter().copied().take_while(|sample| *sample <= at).last();
        if !self.is_database && (self.task.0..self.task.1).contains(&at) {
            return (Told { state: RunState::Starting, health: ToldHealth::Unknown }, sample);
        }
        let Some(sample) = sample else { return (Told::default(), None) };
        let shown = self.docker(sample);
        let lasting: Vec<_> = shown.iter().filter(|one| self.is_lasting(&one.service)).collect();
        let runs = |one: &&&ContainerState<u64>| {
            matches!(one.status, Status::Running | Status::Restarting)
        };
        let running = lasting.iter().filter(runs).count();
        let state = match running {
            0 => RunState::Exited,
            count if count == self.lasting => RunState::Running,
            _ => RunState::Degraded,
        };
        let is_unhealthy = lasting.iter().any(|one| one.health == Some(Health::Unhealthy));
        let has_check = lasting.iter().any(|one| one.health.is_some());
        // It reports docker's `starting` as healthy.
        let health = match (is_unhealthy, has_check) {
            (true, _) => ToldHealth::Unhealthy,
            (false, true) => ToldHealth::Healthy,
            (false, false) => ToldHealth::Unknown,
        };
        (Told { state, health }, Some(sample))
    }

    pub(super) fn is_lasting(&self, service: &str) -> bool {
        service.parse::<usize>().is_ok_and(|service| service < self.lasting)
    }

    /// Returns the new containers at this moment.
    pub(super) fn new_ones(&self, at: f64) -> Vec<ContainerState<u64>> {
        self.docker(at).into_iter().filter(|one| one.id >= self.first_new).collect()
    }

    /// Returns when something happened last before this moment.
    pub(super) fn last_event(&self, before: f64) -> f64 {
        let all =
            self.containers.iter().flat_map(Container::events).chain([self.task.0, self.task.1]);
        all.filter(|at| *at <= before).fold(0.0, f64::max)
    }

    pub(super) fn row(&self, base: Timestamp, at: f64) -> (CoolifyRow, Option<f64>) {
        let (status, sample) = self.coolify(at);
        let seen_at = sample.map(|sample| moment(base, sample.floor()));
        let is_noted = self.has_new_config && at >= self.task.0;
        let started_with = (!self.is_database).then_some(u128::from(is_noted));
        let is_database = self.is_database;
        (CoolifyRow { status, seen_at, is_database, started_with, is_new: true }, sample)
    }
}

/// Returns after which time Docker is at a service, of those that it takes one after the other.
fn turn(service: usize) -> f64 {
    u32::try_from(service).map_or(0.0, |service| f64::from(service) * 0.3)
}

fn moment(base: Timestamp, seconds: f64) -> Timestamp {
    let time = Duration::from_secs_f64(seconds.abs());
    if seconds < 0.0 { base.before(time) } else { base.after(time) }
}
