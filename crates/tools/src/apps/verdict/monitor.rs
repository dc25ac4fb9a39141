//! Judging containers by successive observations.
//!
//! Coolify reports the status of a container late: its agent on the server reports every few seconds,
//! and without the agent a job checks once a minute. So no single observation decides. A bad status
//! that may belong to the previous container takes longest to be believed.

use std::time::{Duration, Instant};

use covibe_coolify::{Health, State};

use super::outcome::Verdict;

/// The status of a container, as Coolify reported it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    /// The container's state.
    pub(super) state: State,
    /// The result of its health check.
    pub(super) health: Health,
    /// How often Docker restarted the container by itself, if known.
    pub(super) restarts: Option<i64>,
    /// Whether Coolify has certainly checked the container since it was started.
    pub(super) is_fresh: bool,
}

impl Observation {
    /// Returns the message that reports it to the client.
    pub(super) fn progress(&self) -> String {
        format!("started: {}, {}", self.state, self.health)
    }

    /// Returns the verdict that it suggests; `None` while the container is starting.
    fn suggests(&self) -> Option<Verdict> {
        match (self.state, self.health) {
            (State::Running, Health::Healthy) => Some(Verdict::Healthy),
            (State::Running, Health::Unhealthy) => Some(Verdict::Unhealthy),
            (State::Running, Health::Unknown) => Some(Verdict::Running),
            (State::Exited | State::Restarting | State::Degraded | State::Paused, _) => {
                Some(Verdict::Crashing)
            }
            (State::Starting | State::Unknown, _) => None,
        }
    }
}

/// A container that went down or restarted this often is crashing, even if it comes up in between.
const MAX_CRASHES: u32 = 3;

/// Judges one container, or the containers of a service together.
#[derive(Debug)]
pub(super) struct Monitor {
    /// The shortest time between two observations; all required durations are multiples of it.
    interval: Duration,
    /// Whether a good status may be that of the previous containers.
    is_stale: bool,
    suggested: Option<Verdict>,
    since: Option<Instant>,
    restarts: i64,
    crashes: u32,
}

impl Monitor {
    /// Creates a monitor. `is_stale` is whether a good status may be that of the previous containers.
    pub(super) fn new(interval: Duration, is_stale: bool) -> Self {
        Self { interval, is_stale, suggested: None, since: None, restarts: 0, crashes: 0 }
    }

    /// Adds an observation; returns the verdict once it is certain enough.
    pub(super) fn observe(&mut self, now: Instant, observation: &Observation) -> Option<Verdict> {
        let suggested = observation.suggests();
        let restarts = observation.restarts.unwrap_or(0);
        let has_restarted = restarts > self.restarts;
        if suggested != self.suggested || has_restarted || self.since.is_none() {
            let has_crashed =
                has_restarted || (self.since.is_some() && suggested == Some(Verdict::Crashing));
            self.crashes += u32::from(has_crashed);
            // The status has changed since the start, so it is not that of the previous containers.
            self.is_stale &= self.since.is_none() || suggested.is_none();
            (self.suggested, self.since, self.restarts) = (suggested, Some(now), restarts);
        }
        if suggested == Some(Verdict::Crashing) && self.crashes >= MAX_CRASHES {
            return suggested;
        }
        let stable_for = now.duration_since(self.since.unwrap_or(now));
        suggested.filter(|verdict| stable_for >= self.required(*verdict, observation))
    }

    /// Returns how long the status must be stable before the verdict is certain enough.
    fn required(&self, verdict: Verdict, observation: &Observation) -> Duration {
        let has_restarted = observation.restarts.is_some_and(|restarts| restarts > 0);
        let intervals = match verdict {
            Verdict::Crashing if observation.is_fresh || has_restarted => 5,
            Verdict::Crashing => 30,
            Verdict::Unhealthy => 15,
            _ if self.is_stale => 15,
            _ => 5,
        };
        self.interval * intervals
    }
}

#[cfg(test)]
mod tests {
    use covibe_coolify::Status;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(2);

    fn observation(status: &str) -> Observation {
        let Status { state, health } = Status::parse(status);
        Observation { state, health, restarts: None, is_fresh: false }
    }

    /// Returns the verdict and after how many seconds it came, with an observation every two seconds.
    fn judge(is_stale: bool, observed: impl Fn(u64) -> Observation) -> Option<(Verdict, u64)> {
        let (mut monitor, start) = (Monitor::new(INTERVAL, is_stale), Instant::now());
        (0..300).step_by(2).find_map(|second| {
            let verdict = monitor.observe(start + Duration::from_secs(second), &observed(second));
            verdict.map(|verdict| (verdict, second))
        })
    }

    #[test]
    fn believes_a_good_status_that_is_stable() {
        assert_eq!(judge(false, |_| observation("running:healthy")), Some((Verdict::Healthy, 10)));
        assert_eq!(judge(false, |_| observation("running:unknown")), Some((Verdict::Running, 10)));
        let late = |second| {
            if second < 60 {
                observation("starting:unknown")
            } else {
                observation("running:healthy")
            }
        };
        assert_eq!(judge(false, late), Some((Verdict::Healthy, 70)));
        assert_eq!(
            judge(false, |_| observation("starting:unknown")),
            None,
            "no verdict while it starts"
        );
    }

    #[test]
    fn waits_longer_for_a_status_that_may_be_stale() {
        assert_eq!(judge(true, |_| observation("running:healthy")), Some((Verdict::Healthy, 30)));
        let anew = |second| {
            if (2..6).contains(&second) {
                observation("starting:unknown")
            } else {
                observation("running:healthy")
            }
        };
        assert_eq!(judge(true, anew), Some((Verdict::Healthy, 16)), "it was observed starting");
        assert_eq!(judge(false, |_| observation("exited:unknown")), Some((Verdict::Crashing, 60)));
        let fresh = Observation { is_fresh: true, ..observation("exited:unknown") };
        assert_eq!(judge(false, |_| fresh), Some((Verdict::Crashing, 10)));
        let up = |second| {
            if second < 40 { observation("exited:unknown") } else { observation("running:healthy") }
        };
        assert_eq!(
            judge(false, up),
            Some((Verdict::Healthy, 50)),
            "Coolify's first report was late"
        );
    }

    #[test]
    fn repeated_restarts_are_crashing() {
        let restarting = |second: u64| Observation {
            restarts: Some(1 + i64::try_from(second / 20).unwrap()),
            ..observation("restarting:unknown")
        };
        assert_eq!(judge(false, restarting), Some((Verdict::Crashing, 10)));
        let flapping = |second: u64| {
            let restarts = Some(i64::try_from(second / 6).unwrap());
            let state = if second.is_multiple_of(6) { "restarting" } else { "running" };
            Observation { restarts, ..observation(state) }
        };
        let (verdict, second) = judge(false, flapping).unwrap();
        assert_eq!(verdict, Verdict::Crashing);
        assert!(second < 30, "after {second} s");
        let falling = |second: u64| {
            let is_down = second.is_multiple_of(8);
            observation(if is_down { "degraded:unhealthy" } else { "running:unhealthy" })
        };
        assert_eq!(judge(false, falling).unwrap().0, Verdict::Crashing);
    }

    #[test]
    fn waits_for_an_unhealthy_container_to_recover() {
        assert_eq!(
            judge(false, |_| observation("running:unhealthy")),
            Some((Verdict::Unhealthy, 30))
        );
        let recovers =
            |second| observation(if second < 20 { "running:unhealthy" } else { "running:healthy" });
        assert_eq!(judge(false, recovers), Some((Verdict::Healthy, 30)));
    }
}
