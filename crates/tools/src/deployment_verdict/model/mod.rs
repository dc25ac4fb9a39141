//! A model of starts: what docker and Coolify have of them, in which order what happens, and which of it is seen. No
//! verdict may say more than was seen, and what Docker shows steadily has to lead to one.

mod start_history;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use covibe_docker_host::{Health, Status};
use covibe_domain::Timestamp;
use fastrand::Rng;

use self::start_history::{History, NOTICE, WAIT, is_within};
use super::container_facts::ContainerState;
use super::container_monitor::{KnownCheck, Monitor, Observation};
use super::observation_rounds::pace;
use super::start_observations::StartSight;
use super::started_containers::StartedContainers;
use super::verdict_kind::Verdict;
use crate::coolify_poller::Pace;

/// The default of the setting.
const STABILITY: f64 = 5.0;

/// The default of the setting, for the interval between two questions.
const FIRST: Duration = Duration::from_millis(500);

/// The end of a call.
#[derive(Debug)]
struct Ended {
    verdict: Option<Verdict>,
    at: f64,
    /// The time of docker's last answer.
    looked: Option<f64>,
    last: Option<Observation>,
    /// The time at which the start was seen to have begun.
    begun: Option<f64>,
    /// The time of Coolify's last look, as it told it.
    sample: Option<f64>,
}

/// Follows a start as a call that waits does.
fn follow(history: &History, rng: &mut Rng) -> Ended {
    let (base, clock) = (Timestamp::now(), Instant::now());
    let names = |range: std::ops::Range<usize>| range.map(|one| one.to_string()).collect();
    let (lasting, jobs) =
        (names(0..history.lasting), names(history.lasting..history.lasting + history.jobs));
    let mut started = if history.is_database {
        StartedContainers::new(false, Vec::new(), Vec::new())
    } else {
        StartedContainers::new(true, lasting, jobs)
    };
    let before = history.docker(0.0).iter().map(|one| one.id).collect();
    let ran_before = history.first_new > 0 && !history.docker(0.0).is_empty();
    started.note_before(history.has_host.then_some(before));
    let longest = history.containers.iter().filter_map(|one| one.check).map(|check| check.1);
    let check = longest
        .reduce(f64::max)
        .map_or(KnownCheck::Unknown, |it| KnownCheck::Made(Duration::from_secs_f64(it + 1.0)));
    let mut monitor = Monitor::new(Duration::from_secs_f64(STABILITY), check);
    let (mut row, mut sample) = history.row(base, 0.0);
    let mut sight = StartSight::new(row, Duration::from_secs_f64(NOTICE), ran_before, false);
    let (mut at, mut due) = (0.1, 0.0);
    let (mut looked, mut last, mut begun) = (None, None, None);
    while at < WAIT {
        let shows = history.has_host && !is_within(&history.lost_docker, at) && rng.u8(0..40) > 0;
        let newest = history.docker(at);
        let ids: Vec<_> = history
            .containers
            .iter()
            .filter(|one| one.state_at(at).is_some())
            .map(|one| one.id)
            .collect();
        let asks = last.is_none() || started.combined_state().is_none() || due <= at;
        started.note_look(shows.then_some((newest, ids.as_slice())));
        let is_shown = started.combined_state().is_some();
        let answers = !is_within(&history.lost_coolify, at) && rng.u8(0..20) > 0;
        row.is_new = asks && answers;
        if row.is_new {
            (row, sample) = history.row(base, at);
        }
        if is_shown {
            looked = Some(at);
        }
        if is_shown || answers || !asks {
            let now = clock + Duration::from_secs_f64(at);
            let observation = monitor.certain_health(now, sight.observe(row, None, &started));
            last = Some(observation);
            begun = begun.or(Some(at).filter(|_| observation.has_begun));
            if let Some(verdict) = monitor.observe(now, &observation) {
                return Ended { verdict: Some(verdict), at, looked, last, begun, sample };
            }
        }
        let pause = last
            .as_ref()
            .map_or(Pace::Awaited, pace)
            .pause(Duration::from_secs_f64(at), FIRST)
            .as_secs_f64();
        due = if due <= at { at + pause } else { due };
        at += if is_shown { 0.75 } else { 0.6 + rng.f64() };
    }
    let now = clock + Duration::from_secs_f64(at);
    let verdict = last.and_then(|last| monitor.final_verdict(now, &last));
    Ended { verdict, at, looked, last, begun, sample }
}

/// Returns what is wrong with the end of a call, beside what truly was.
fn contradiction(history: &History, ended: &Ended) -> Option<&'static str> {
    let Some(verdict) = ended.verdict else { return lack_of_verdict(history, ended) };
    let is_by_host = ended.last.is_some_and(|last| last.is_by_host);
    let seen_at = if is_by_host { ended.looked } else { ended.sample };
    let Some(seen_at) = seen_at else { return Some("nobody had looked") };
    let new = history.new_ones(seen_at);
    let lasting = || new.iter().filter(|one| history.is_lasting(&one.service));
    let all_run = lasting().count() == history.lasting
        && lasting().all(|one| {
            one.status == Status::Running || (!is_by_host && one.status == Status::Restarting)
        });
    let any = |health| lasting().any(|one| one.health == Some(health));
    let has_ended =
        history.containers.iter().filter(|one| one.id >= history.first_new).any(|one| {
            let is_job = one.service >= history.lasting;
            one.runs.iter().any(|(_, until, code)| *until <= ended.at && (!is_job || *code != 0))
        });
    let later = history.new_ones(ended.at + 10.0);
    let crashes_again = lasting().any(|one| {
        let is_it =
            |later: &&ContainerState<u64>| later.id == one.id && later.status != Status::Running;
        one.restarts > 0 && later.iter().any(|it| is_it(&it))
    });
    match verdict {
        Verdict::Running | Verdict::Healthy if is_by_host && crashes_again => {
            Some("it had crashed, and does so again")
        }
        _ if seen_at < history.task.0.floor() => Some("it describes the state before the start"),
        Verdict::Running if !all_run => Some("not all run"),
        Verdict::Healthy if !all_run || any(Health::Unhealthy) => Some("not all are healthy"),
        Verdict::Healthy if is_by_host && any(Health::Starting) => Some("a check has not finished"),
        Verdict::Unhealthy if !any(Health::Unhealthy) => Some("none is unhealthy"),
        Verdict::Crashing if !has_ended => Some("none has ended"),
        Verdict::Failed if ended.at < history.task.1 && history.task.1.is_finite() => {
            Some("Coolify has not ended the start")
        }
        Verdict::Failed if !history.new_ones(ended.at + 10.0).is_empty() => {
            Some("there are containers")
        }
        Verdict::Completed if !has_completed(history, &new) => Some("not all have ended well"),
        _ => None,
    }
}

fn has_completed(history: &History, new: &[ContainerState<u64>]) -> bool {
    history.lasting == 0
        && new.len() == history.jobs
        && new.iter().all(|one| one.status == Status::Exited && one.exit_code == 0)
}

/// Returns what is wrong with a call that ended without a verdict although docker showed the same for minutes.
fn lack_of_verdict(history: &History, ended: &Ended) -> Option<&'static str> {
    let since = history.last_event(ended.at).max(20.0);
    let losses = history.lost_docker.iter().chain(&history.lost_coolify);
    // What never was seen to begin is said to be so; a new configuration always is.
    let begun = ended.begun.or(history.has_new_config.then_some(history.task.0));
    let since = begun.map_or(WAIT, |begun| begun.max(since));
    let quiet = losses.map(|(_, until)| *until).fold(since, f64::max);
    if !history.has_host || WAIT - quiet < 150.0 {
        return None;
    }
    let new = history.new_ones(ended.at);
    let all = history.lasting + history.jobs;
    // An image that can't be pulled is told apart from one that is being pulled only by the end of Coolify's task.
    if new.is_empty() && (history.is_database || history.task.1.is_infinite()) {
        return None;
    }
    let is_task_over = history.task.1 <= ended.at;
    let runs = new.len() == all && new.iter().all(|one| one.status == Status::Running);
    (runs || is_task_over).then_some("Docker has shown the same for minutes")
}

/// The number of histories; `COVIBE_HISTORIES` asks for others.
fn histories() -> u64 {
    let asked = option_env!("COVIBE_HISTORIES").and_then(|it| it.parse().ok());
    asked.unwrap_or(10_000)
}

#[test]
fn verdicts_never_claim_more_than_was_observed() {
    let mut wrong = Vec::new();
    for seed in 0..histories() {
        let mut rng = Rng::with_seed(seed);
        let history = History::random(&mut rng);
        let ended = follow(&history, &mut rng);
        if let Some(why) = contradiction(&history, &ended) {
            wrong.push((seed, why, history, ended));
        }
    }
    let mut first = BTreeMap::new();
    for (seed, why, history, ended) in &wrong {
        let (count, ..) = first.entry(*why).or_insert((0, seed, history, ended));
        *count += 1;
    }
    assert!(wrong.is_empty(), "{first:#?}");
}
