//! Verdicts on successive observations.

use covibe_coolify::Status;

use super::*;

const STABILITY: Duration = Duration::from_secs(5);

/// A health check that has answered at once.
const QUICK: KnownCheck = KnownCheck::Made(Duration::ZERO);

fn observation(live: LiveState, status: &str, is_fresh: bool) -> Observation {
    let Status { state, health } = Status::parse(status);
    Observation {
        live: Some(live),
        is_by_host: false,
        has_begun: true,
        has_completed: false,
        lacks_container: false,
        shows_none: false,
        is_whole: true,
        looked_since: None,
        state,
        health,
        is_check_open: false,
        is_fresh,
        restarts: None,
        fault: None,
        checks: None,
        as_of: None,
    }
}

/// Returns the verdict and the number of seconds after which it came, with an observation every two seconds.
fn judge_with(check: KnownCheck, observed: impl Fn(u64) -> Observation) -> Option<(Verdict, u64)> {
    let (mut monitor, start) = (Monitor::new(STABILITY, check), Instant::now());
    (0..300).step_by(2).find_map(|second| {
        let now = start + Duration::from_secs(second);
        let observation = monitor.certain_health(now, observed(second));
        let verdict = monitor.observe(now, &observation);
        verdict.map(|verdict| (verdict, second))
    })
}

fn judge(observed: impl Fn(u64) -> Observation) -> Option<(Verdict, u64)> {
    judge_with(KnownCheck::Unknown, observed)
}

#[test]
fn dockers_state_outweighs_a_coolify_state_older_than_the_start() {
    let running = observation(LiveState::Running, "exited", false);
    assert_eq!(judge(|_| running), Some((Verdict::Running, 6)));
    let down = observation(LiveState::Stopped, "running:healthy", false);
    assert_eq!(judge(|_| down), Some((Verdict::Crashing, 10)));
    let old = observation(LiveState::Running, "running:healthy", false);
    assert_eq!(judge(|_| old), Some((Verdict::Running, 6)), "the health is older");
}

#[test]
fn a_health_decides_the_verdict_only_if_observed_since_the_start() {
    let healthy = observation(LiveState::Running, "running:healthy", true);
    assert_eq!(judge_with(QUICK, |_| healthy), Some((Verdict::Healthy, 6)));
    let unknown = observation(LiveState::Running, "running:unknown", true);
    assert_eq!(judge(|_| unknown), Some((Verdict::Running, 6)));
    let seen_late = |second| observation(LiveState::Running, "running:unhealthy", second >= 40);
    assert_eq!(judge_with(QUICK, seen_late), Some((Verdict::Unhealthy, 70)));
    assert_eq!(judge(seen_late), Some((Verdict::Running, 6)), "no check is known");
    let never = observation(LiveState::Running, "exited", false);
    assert_eq!(judge_with(QUICK, |_| never), Some((Verdict::Running, 70)));
}

#[test]
fn a_health_reported_before_the_first_check_can_finish_is_ignored() {
    let healthy = observation(LiveState::Running, "running:healthy", true);
    let after = |seconds| KnownCheck::Made(Duration::from_secs(seconds));
    assert_eq!(judge_with(after(40), |_| healthy), Some((Verdict::Healthy, 46)));
    assert_eq!(judge_with(after(400), |_| healthy), Some((Verdict::Running, 70)));
    assert_eq!(judge(|_| healthy), Some((Verdict::Running, 6)), "it is the image's");
    let observed =
        Monitor::new(STABILITY, KnownCheck::Unknown).certain_health(Instant::now(), healthy);
    assert_eq!(observed.shown_health(), Some(Health::Unknown));
}

#[test]
fn a_check_that_passed_during_the_deployment_gives_healthy_at_once() {
    let healthy = observation(LiveState::Running, "running:healthy", true);
    assert_eq!(judge_with(KnownCheck::Passed, |_| healthy), Some((Verdict::Healthy, 0)));
    let old = observation(LiveState::Running, "running:healthy", false);
    assert_eq!(judge_with(KnownCheck::Passed, |_| old), Some((Verdict::Running, 6)));
    let down = observation(LiveState::Stopped, "running:healthy", true);
    assert_eq!(judge_with(KnownCheck::Passed, |_| down), Some((Verdict::Crashing, 10)));
}

#[test]
fn no_running_verdict_while_a_container_was_not_observed() {
    let some = |status, is_fresh| Observation {
        is_whole: false,
        ..observation(LiveState::Running, status, is_fresh)
    };
    assert_eq!(judge(|_| some("running:healthy", true)), None);
    assert_eq!(some("exited", false).shown_state(), RunState::Unknown);
    assert_eq!(some("degraded:unhealthy", true).shown_state(), RunState::Degraded);
    let down = Observation { live: Some(LiveState::Stopped), ..some("exited", false) };
    assert_eq!(judge(|_| down), Some((Verdict::Crashing, 10)));
}

#[test]
fn a_running_verdict_requires_a_recent_observation_of_each_container() {
    let start = Instant::now();
    let looked = |status, is_fresh, at: u64| Observation {
        looked_since: Some(start + Duration::from_secs(at)),
        ..observation(LiveState::Running, status, is_fresh)
    };
    let late = |second: u64| looked("exited", false, second.saturating_sub(20));
    let (verdict, second) = judge(late).expect("a verdict");
    assert_eq!(verdict, Verdict::Running);
    assert!((20..24).contains(&second), "after {second} s");
    assert_eq!(judge(|_| looked("running:unknown", true, 0)), Some((Verdict::Running, 6)));
}

#[test]
fn a_degraded_state_since_the_start_delays_the_running_verdict() {
    let degraded = observation(LiveState::Running, "degraded:unhealthy", true);
    assert_eq!(judge(|_| degraded), Some((Verdict::Running, 70)));
}

#[test]
fn progress_messages_name_the_awaited_state() {
    for (live, status, expected) in [
        (LiveState::Absent, "starting:unknown", "Coolify is starting shop"),
        (
            LiveState::Running,
            "running:healthy",
            "shop is running: waiting to see whether it stays up",
        ),
        (
            LiveState::Running,
            "running:unhealthy",
            "shop is running, but unhealthy: waiting for its health check",
        ),
        (LiveState::Stopped, "exited", "shop was started and is exited: waiting for it to run"),
    ] {
        assert_eq!(observation(live, status, true).progress("shop"), expected);
    }
}

#[test]
fn has_no_verdict_while_the_containers_are_starting() {
    for live in [LiveState::Running, LiveState::Stopped, LiveState::Absent] {
        assert_eq!(judge(|_| observation(live, "starting:unhealthy", false)), None);
    }
}

#[test]
fn an_app_without_a_container_after_its_start_is_judged_failed() {
    let pulling = |second| {
        let status = if second < 30 { "starting:unhealthy" } else { "exited" };
        observation(LiveState::Absent, status, false)
    };
    assert_eq!(judge(pulling), Some((Verdict::Failed, 40)));
    let absent = observation(LiveState::Absent, "exited", false);
    assert_eq!(judge(|_| absent), Some((Verdict::Failed, 30)), "the task may begin late");
}

#[test]
fn without_an_observation_of_docker_only_a_fresh_coolify_state_counts() {
    let told = |is_fresh| Observation {
        live: None,
        ..observation(LiveState::Running, "running:healthy", is_fresh)
    };
    assert_eq!(judge(|_| told(false)), None);
    assert_eq!(judge_with(QUICK, |_| told(true)), Some((Verdict::Healthy, 6)));
}

#[test]
fn repeated_restarts_are_judged_crashing() {
    let restarting = |second: u64| Observation {
        restarts: Some(1 + i64::try_from(second / 20).unwrap()),
        ..observation(LiveState::Stopped, "restarting:unknown", true)
    };
    assert_eq!(judge(restarting), Some((Verdict::Crashing, 10)));
    let flapping = |second: u64| {
        let live = if second.is_multiple_of(8) { LiveState::Stopped } else { LiveState::Running };
        observation(live, "running:unknown", false)
    };
    let (verdict, second) = judge(flapping).unwrap();
    assert_eq!(verdict, Verdict::Crashing);
    assert!(second < 30, "after {second} s");
}

#[test]
fn waits_for_an_unhealthy_container_to_recover() {
    let unhealthy = observation(LiveState::Running, "running:unhealthy", true);
    assert_eq!(judge(|_| unhealthy), Some((Verdict::Unhealthy, 30)));
    let recovers = |second| {
        let health = if second < 20 { "running:unhealthy" } else { "running:healthy" };
        observation(LiveState::Running, health, true)
    };
    assert_eq!(judge(recovers), Some((Verdict::Healthy, 26)));
}

#[test]
fn a_health_is_shown_only_for_running_containers() {
    let shown = |observation: Observation| (observation.shown_state(), observation.shown_health());
    let healthy = observation(LiveState::Running, "running:healthy", true);
    assert_eq!(shown(healthy), (RunState::Running, Some(Health::Healthy)));
    let exited = observation(LiveState::Stopped, "exited:unhealthy", true);
    assert_eq!(shown(exited), (RunState::Exited, None));
    let stale = observation(LiveState::Running, "exited:unhealthy", false);
    assert_eq!(shown(stale), (RunState::Running, None));
}

#[test]
fn a_container_fault_reported_by_docker_is_judged_crashing_sooner() {
    let against = |fault| Observation {
        fault: Some(fault),
        ..observation(LiveState::Running, "running:healthy", true)
    };
    assert_eq!(judge(|_| against(ContainerFault::Ended)), Some((Verdict::Crashing, 0)));
    assert_eq!(judge(|_| against(ContainerFault::Loops)), Some((Verdict::Crashing, 6)));
    let starting = |fault| Observation { state: RunState::Starting, ..against(fault) };
    assert_eq!(judge(|_| starting(ContainerFault::Ended)), None, "Coolify is not done with it");
    let seen = |fault| Observation { is_by_host: true, ..starting(fault) };
    assert_eq!(judge(|_| seen(ContainerFault::Ended)), Some((Verdict::Crashing, 30)));
    assert_eq!(judge(|_| seen(ContainerFault::Loops)), Some((Verdict::Crashing, 6)));
}

#[test]
fn an_app_that_crashed_only_at_first_is_judged_running() {
    let seen = |second| Observation {
        fault: (second < 4).then_some(ContainerFault::Loops),
        ..observation(LiveState::Running, "exited", false)
    };
    assert_eq!(judge(seen), Some((Verdict::Running, 10)));
}

/// While all Coolify workers are busy, the containers are those from before the start, or there are none.
#[test]
fn no_verdict_is_reached_before_the_start_has_begun() {
    for live in [LiveState::Running, LiveState::Stopped, LiveState::Absent] {
        for status in ["running:healthy", "running:unknown", "exited"] {
            let waits = Observation { has_begun: false, ..observation(live, status, false) };
            assert_eq!(judge(|_| waits), None, "{live:?} {status}");
        }
    }
}

/// An observation of containers for which Docker reports this health, while Coolify has not looked.
fn checked_observation(health: Health, of_all: bool) -> Observation {
    let checks = Some(Checks { health, of_all });
    Observation { checks, is_by_host: true, ..observation(LiveState::Running, "exited", false) }
}

#[test]
fn a_healthy_report_by_docker_for_all_containers_is_the_verdict_at_once() {
    let slow = KnownCheck::Made(Duration::from_secs(400));
    let healthy_after = |second| {
        move |now| {
            checked_observation(if now < second { Health::Unknown } else { Health::Healthy }, true)
        }
    };
    for check in [QUICK, slow] {
        assert_eq!(judge_with(check, healthy_after(0)), Some((Verdict::Healthy, 0)));
        assert_eq!(judge_with(check, healthy_after(40)), Some((Verdict::Healthy, 40)));
    }
    assert_eq!(judge(healthy_after(0)), Some((Verdict::Healthy, 0)), "it is the image's");
    let whole = checked_observation(Health::Healthy, true);
    let replaced = Observation { is_whole: false, ..whole };
    assert_eq!(judge(|_| replaced), None, "one is from before the start");
    assert_eq!(whole.shown_state(), RunState::Running);
    assert_eq!(whole.shown_health(), Some(Health::Healthy));
    let starting = Observation { state: RunState::Starting, ..whole };
    assert_eq!(judge(|_| starting), Some((Verdict::Healthy, 0)), "Docker shows them all");
}

#[test]
fn containers_without_a_check_must_stay_up_alongside_healthy_ones() {
    assert_eq!(judge(|_| checked_observation(Health::Healthy, false)), Some((Verdict::Healthy, 6)));
    let health = |now| if now < 30 { Health::Unknown } else { Health::Healthy };
    let made = KnownCheck::Made(Duration::from_mins(1));
    assert_eq!(
        judge_with(made, |now| checked_observation(health(now), false)),
        Some((Verdict::Healthy, 30)),
        "they were up before"
    );
}

/// After a Coolify worker was lost, Coolify reports for ever that its resource starts.
#[test]
fn containers_that_stay_up_are_judged_running_though_coolify_reports_starting() {
    let starting =
        |live| Observation { is_by_host: true, ..observation(live, "starting:unhealthy", false) };
    assert_eq!(judge(|_| starting(LiveState::Running)), Some((Verdict::Running, 6)));
    assert_eq!(starting(LiveState::Running).shown_state(), RunState::Running);
    for live in [LiveState::Stopped, LiveState::Absent] {
        assert_eq!(judge(|_| starting(live)), None, "{live:?}");
        assert_eq!(starting(live).shown_state(), RunState::Starting);
    }
}

#[test]
fn run_once_services_are_judged_by_their_exit() {
    let jobs = Observation {
        live: None,
        is_by_host: true,
        ..observation(LiveState::Running, "exited", false)
    };
    assert_eq!(judge(|_| jobs), None, "they run");
    let completed = Observation { has_completed: true, ..jobs };
    assert_eq!(judge(|_| completed), Some((Verdict::Completed, 0)));
    assert_eq!(completed.shown_state(), RunState::Exited);
    let failed = Observation { fault: Some(ContainerFault::JobFailed), ..jobs };
    assert_eq!(judge(|_| failed), Some((Verdict::Crashing, 0)));
}
