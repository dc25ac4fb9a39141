//! Judging containers by successive observations.
//!
//! A verdict rests on what docker has at the moment. What Coolify tells can be five minutes old, and
//! older than the start (4.3.11), so it counts only for what a look can't tell: the health, and how
//! often docker restarted a container.

use std::time::{Duration, Instant};

use covibe_coolify::{Health, Live, State};
use covibe_domain::Timestamp;

use super::outcome::Verdict;

/// The containers of an app, as they were observed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    /// What docker has; `None` if the release of Coolify cannot look.
    pub(super) live: Option<Live>,
    /// The state that Coolify tells.
    pub(super) state: State,
    /// The result of the health check that Coolify tells.
    pub(super) health: Health,
    /// Whether Coolify has certainly looked since the containers were started.
    pub(super) is_fresh: bool,
    /// How often Docker restarted the container by itself, if known.
    pub(super) restarts: Option<i64>,
    /// When Coolify looked last, if known.
    pub(super) as_of: Option<Timestamp>,
}

impl Observation {
    /// Returns the state to show: what docker has, in the words of Coolify where they agree.
    pub(super) fn shown_state(&self) -> State {
        match self.live {
            Some(_) if self.state == State::Starting => State::Starting,
            Some(Live::Running) => State::Running,
            Some(Live::Stopped | Live::Absent) => match self.state {
                State::Restarting | State::Degraded | State::Paused if self.is_fresh => self.state,
                _ => State::Exited,
            },
            None if self.is_fresh => self.state,
            None => State::Unknown,
        }
    }

    /// Returns the health to show; `None` unless the app runs and Coolify has looked since.
    pub(super) fn shown_health(&self) -> Option<Health> {
        let has_health = matches!(self.shown_state(), State::Running | State::Degraded);
        Some(self.health).filter(|_| has_health && self.is_fresh)
    }

    /// Returns what is waited for, as the client of the app with this name is told.
    pub(super) fn progress(&self, name: &str) -> String {
        match (self.shown_state(), self.shown_health()) {
            (State::Starting, _) => format!("Coolify is starting {name}"),
            (State::Running, Some(Health::Unhealthy)) => {
                format!("{name} runs, but is unhealthy: waiting for its health check")
            }
            (State::Running, _) => format!("{name} runs: waiting to see whether it stays up"),
            (state, _) => format!("{name} was started and is {state}: waiting for it to run"),
        }
    }

    /// Returns the verdict that it suggests; `None` while the containers are starting, or if
    /// nothing is known that is newer than the start.
    fn suggests(&self) -> Option<Verdict> {
        if self.state == State::Starting {
            return None;
        }
        match self.live {
            Some(Live::Running) => Some(self.running()),
            Some(Live::Stopped) => Some(Verdict::Crashing),
            Some(Live::Absent) => Some(Verdict::Failed),
            None if !self.is_fresh => None,
            None => match self.state {
                State::Running => Some(self.running()),
                State::Exited | State::Restarting | State::Degraded | State::Paused => {
                    Some(Verdict::Crashing)
                }
                State::Starting | State::Unknown => None,
            },
        }
    }

    /// Returns the verdict for containers that run.
    fn running(&self) -> Verdict {
        let is_seen_running = self.is_fresh && self.state == State::Running;
        match self.health {
            Health::Healthy if is_seen_running => Verdict::Healthy,
            Health::Unhealthy if is_seen_running => Verdict::Unhealthy,
            _ => Verdict::Running,
        }
    }
}

/// A container that went down or restarted this often is crashing, even if it comes up in between.
const MAX_CRASHES: u32 = 3;

/// The health check of an app, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// None is known.
    Unknown,
    /// Docker makes one, whose result is waited for.
    Made,
    /// Coolify ended the deployment only when the check had passed.
    Passed,
}

/// Judges one container, or the containers of a service together.
#[derive(Debug)]
pub(super) struct Monitor {
    /// How long containers must stay up; all required durations are multiples of it.
    stability: Duration,
    /// The health check that the app has.
    check: Check,
    suggested: Option<Verdict>,
    since: Option<Instant>,
    restarts: i64,
    crashes: u32,
    was_starting: bool,
}

impl Monitor {
    /// Creates a monitor of an app with this health check.
    pub(super) fn new(stability: Duration, check: Check) -> Self {
        Self {
            stability,
            check,
            suggested: None,
            since: None,
            restarts: 0,
            crashes: 0,
            was_starting: false,
        }
    }

    /// Adds an observation; returns the verdict once it is certain enough.
    pub(super) fn observe(&mut self, now: Instant, observation: &Observation) -> Option<Verdict> {
        let suggested = observation.suggests();
        self.was_starting |= observation.state == State::Starting;
        let restarts = observation.restarts.unwrap_or(0);
        let has_restarted = restarts > self.restarts;
        if suggested != self.suggested || has_restarted || self.since.is_none() {
            let has_crashed =
                has_restarted || (self.since.is_some() && suggested == Some(Verdict::Crashing));
            self.crashes += u32::from(has_crashed);
            (self.suggested, self.since, self.restarts) = (suggested, Some(now), restarts);
        }
        if suggested == Some(Verdict::Crashing) && self.crashes >= MAX_CRASHES {
            return suggested;
        }
        let stable_for = now.duration_since(self.since.unwrap_or(now));
        suggested.filter(|verdict| stable_for >= self.required(*verdict, observation))
    }

    /// Returns how long the suggestion must be stable before the verdict is certain enough.
    fn required(&self, verdict: Verdict, observation: &Observation) -> Duration {
        let times = match verdict {
            Verdict::Healthy if self.check == Check::Passed => 0,
            Verdict::Running if self.check == Check::Made && !observation.is_fresh => 14,
            Verdict::Healthy | Verdict::Running => 1,
            Verdict::Unhealthy => 6,
            // The task that starts the containers may not have begun.
            Verdict::Failed if !self.was_starting => 6,
            _ => 2,
        };
        self.stability * times
    }
}

#[cfg(test)]
mod tests {
    use covibe_coolify::Status;

    use super::*;

    const STABILITY: Duration = Duration::from_secs(5);

    fn observation(live: Live, status: &str, is_fresh: bool) -> Observation {
        let Status { state, health } = Status::parse(status);
        Observation { live: Some(live), state, health, is_fresh, restarts: None, as_of: None }
    }

    /// Returns the verdict and after how many seconds it came, with an observation every two seconds.
    fn judge_with(check: Check, observed: impl Fn(u64) -> Observation) -> Option<(Verdict, u64)> {
        let (mut monitor, start) = (Monitor::new(STABILITY, check), Instant::now());
        (0..300).step_by(2).find_map(|second| {
            let verdict = monitor.observe(start + Duration::from_secs(second), &observed(second));
            verdict.map(|verdict| (verdict, second))
        })
    }

    fn judge(observed: impl Fn(u64) -> Observation) -> Option<(Verdict, u64)> {
        judge_with(Check::Unknown, observed)
    }

    #[test]
    fn believes_docker_and_not_a_state_older_than_the_start() {
        let running = observation(Live::Running, "exited", false);
        assert_eq!(judge(|_| running), Some((Verdict::Running, 6)));
        let down = observation(Live::Stopped, "running:healthy", false);
        assert_eq!(judge(|_| down), Some((Verdict::Crashing, 10)));
        let old = observation(Live::Running, "running:healthy", false);
        assert_eq!(judge(|_| old), Some((Verdict::Running, 6)), "the health is older");
    }

    #[test]
    fn believes_a_health_that_was_seen_since_the_start() {
        let healthy = observation(Live::Running, "running:healthy", true);
        assert_eq!(judge(|_| healthy), Some((Verdict::Healthy, 6)));
        let unknown = observation(Live::Running, "running:unknown", true);
        assert_eq!(judge(|_| unknown), Some((Verdict::Running, 6)));
        let seen_late = |second| observation(Live::Running, "running:unhealthy", second >= 40);
        assert_eq!(judge_with(Check::Made, seen_late), Some((Verdict::Unhealthy, 70)));
        assert_eq!(judge(seen_late), Some((Verdict::Running, 6)), "no check is known");
        let never = observation(Live::Running, "exited", false);
        assert_eq!(judge_with(Check::Made, |_| never), Some((Verdict::Running, 70)));
    }

    #[test]
    fn a_check_that_passed_in_the_deployment_is_not_waited_for() {
        let healthy = observation(Live::Running, "running:healthy", true);
        assert_eq!(judge_with(Check::Passed, |_| healthy), Some((Verdict::Healthy, 0)));
        let old = observation(Live::Running, "running:healthy", false);
        assert_eq!(judge_with(Check::Passed, |_| old), Some((Verdict::Running, 6)));
        let down = observation(Live::Stopped, "running:healthy", true);
        assert_eq!(judge_with(Check::Passed, |_| down), Some((Verdict::Crashing, 10)));
    }

    #[test]
    fn progress_says_what_is_waited_for() {
        for (live, status, expected) in [
            (Live::Absent, "starting:unknown", "Coolify is starting shop"),
            (Live::Running, "running:healthy", "shop runs: waiting to see whether it stays up"),
            (
                Live::Running,
                "running:unhealthy",
                "shop runs, but is unhealthy: waiting for its health check",
            ),
            (Live::Stopped, "exited", "shop was started and is exited: waiting for it to run"),
        ] {
            assert_eq!(observation(live, status, true).progress("shop"), expected);
        }
    }

    #[test]
    fn has_no_verdict_while_the_containers_are_starting() {
        for live in [Live::Running, Live::Stopped, Live::Absent] {
            assert_eq!(judge(|_| observation(live, "starting:unhealthy", false)), None);
        }
    }

    #[test]
    fn what_docker_could_not_start_has_failed() {
        let pulling = |second| {
            let status = if second < 30 { "starting:unhealthy" } else { "exited" };
            observation(Live::Absent, status, false)
        };
        assert_eq!(judge(pulling), Some((Verdict::Failed, 40)));
        let absent = observation(Live::Absent, "exited", false);
        assert_eq!(judge(|_| absent), Some((Verdict::Failed, 30)), "the task may begin late");
    }

    #[test]
    fn without_a_look_only_a_fresh_state_counts() {
        let told = |is_fresh| Observation {
            live: None,
            ..observation(Live::Running, "running:healthy", is_fresh)
        };
        assert_eq!(judge(|_| told(false)), None);
        assert_eq!(judge(|_| told(true)), Some((Verdict::Healthy, 6)));
    }

    #[test]
    fn repeated_restarts_are_crashing() {
        let restarting = |second: u64| Observation {
            restarts: Some(1 + i64::try_from(second / 20).unwrap()),
            ..observation(Live::Stopped, "restarting:unknown", true)
        };
        assert_eq!(judge(restarting), Some((Verdict::Crashing, 10)));
        let flapping = |second: u64| {
            let live = if second.is_multiple_of(8) { Live::Stopped } else { Live::Running };
            observation(live, "running:unknown", false)
        };
        let (verdict, second) = judge(flapping).unwrap();
        assert_eq!(verdict, Verdict::Crashing);
        assert!(second < 30, "after {second} s");
    }

    #[test]
    fn waits_for_an_unhealthy_container_to_recover() {
        let unhealthy = observation(Live::Running, "running:unhealthy", true);
        assert_eq!(judge(|_| unhealthy), Some((Verdict::Unhealthy, 30)));
        let recovers = |second| {
            let health = if second < 20 { "running:unhealthy" } else { "running:healthy" };
            observation(Live::Running, health, true)
        };
        assert_eq!(judge(recovers), Some((Verdict::Healthy, 26)));
    }

    #[test]
    fn shows_a_health_only_of_what_runs() {
        let shown =
            |observation: Observation| (observation.shown_state(), observation.shown_health());
        let healthy = observation(Live::Running, "running:healthy", true);
        assert_eq!(shown(healthy), (State::Running, Some(Health::Healthy)));
        let exited = observation(Live::Stopped, "exited:unhealthy", true);
        assert_eq!(shown(exited), (State::Exited, None));
        let stale = observation(Live::Running, "exited:unhealthy", false);
        assert_eq!(shown(stale), (State::Running, None));
    }
}
