//! Judges containers by successive observations.
//!
//! A verdict rests on the current containers of docker. Coolify's report can be five minutes old, and older than the
//! start (4.3.11), so it counts only for what a look does not show: the health, and the number of restarts by docker.

use std::time::{Duration, Instant};

use covibe_coolify::{Health, LiveState, RunState};
use covibe_domain::Timestamp;

use super::container_facts::ContainerFault;
use super::verdict_kind::Verdict;

/// The containers of an app, as they were observed once.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one moment")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    /// The state of docker's containers; `None` if the release of Coolify cannot look.
    pub(super) live: Option<LiveState>,
    /// True if the docker host shows the containers.
    pub(super) is_by_host: bool,
    /// True once the start was seen to begin. Until then, the containers are those from before it.
    pub(super) has_begun: bool,
    /// True if all services end by themselves, and have ended well.
    pub(super) has_completed: bool,
    /// True if Docker was seen to have no container of a database, which Coolify does not distinguish from one that is
    /// being started.
    pub(super) lacks_container: bool,
    /// True if a deployment has ended, and Docker shows no container of the app.
    pub(super) shows_none: bool,
    /// True if all containers were looked at, and none is from before the start.
    pub(super) is_whole: bool,
    /// The time of the oldest look at a container of several.
    pub(super) looked_since: Option<Instant>,
    /// The state that Coolify reports.
    pub(super) state: RunState,
    /// The result of the health check that Coolify reports.
    pub(super) health: Health,
    /// True if a health check may not have answered yet: Coolify reports docker's `starting` as healthy (4.3.11).
    pub(super) is_check_open: bool,
    /// True if Coolify has certainly looked since the containers were started.
    pub(super) is_fresh: bool,
    /// The number of times that Docker restarted the container by itself, if known.
    pub(super) restarts: Option<i64>,
    /// The fault that Docker shows, if it was asked.
    pub(super) fault: Option<ContainerFault>,
    /// The result of docker's health checks, if it was asked and there are any.
    pub(super) checks: Option<Checks>,
    /// The time of Coolify's last look, if known.
    pub(super) as_of: Option<Timestamp>,
}

/// The result of the health checks of several containers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checks {
    /// The worst of them. Docker's `starting` is unknown.
    pub(super) health: Health,
    /// True if each container has one.
    pub(super) of_all: bool,
}

impl Observation {
    fn is_healthy_by_docker(&self) -> bool {
        self.is_whole && self.checks.is_some_and(|checks| checks.health == Health::Healthy)
    }

    /// Returns the health, from docker if it reports one.
    fn told_health(&self) -> Health {
        self.checks.map_or(self.health, |checks| checks.health)
    }

    /// Returns the state to show: that of docker's containers, in Coolify's terms where they agree.
    pub(super) fn shown_state(&self) -> RunState {
        match self.live {
            _ if self.has_completed || self.lacks_container => RunState::Exited,
            Some(_) if self.is_starting() => RunState::Starting,
            _ if self.fault == Some(ContainerFault::Loops) => RunState::Restarting,
            _ if self.fault == Some(ContainerFault::Ended) => RunState::Exited,
            _ if self.fault == Some(ContainerFault::JobFailed) => RunState::Degraded,
            Some(LiveState::Running) if self.is_whole => RunState::Running,
            Some(LiveState::Stopped | LiveState::Absent) => match self.state {
                RunState::Restarting | RunState::Degraded | RunState::Paused if self.is_fresh => {
                    self.state
                }
                _ => RunState::Exited,
            },
            _ if self.is_fresh => self.state,
            _ => RunState::Unknown,
        }
    }

    /// Returns the health to show; `None` unless the app runs and Coolify has looked since.
    pub(super) fn shown_health(&self) -> Option<Health> {
        let has_health = matches!(self.shown_state(), RunState::Running | RunState::Degraded);
        let is_known = self.is_fresh || self.checks.is_some();
        Some(self.told_health()).filter(|_| has_health && is_known)
    }

    /// Returns the progress that the client gets for the app with this name.
    pub(super) fn progress(&self, name: &str) -> String {
        match (self.shown_state(), self.shown_health()) {
            (RunState::Starting, _) => format!("Coolify is starting {name}"),
            _ if !self.has_begun => {
                format!("The start of {name} is waiting for one of Coolify's workers")
            }
            (RunState::Running, Some(Health::Unhealthy)) => {
                format!("{name} is running, but unhealthy: waiting for its health check")
            }
            (RunState::Running, _) => {
                format!("{name} is running: waiting to see whether it stays up")
            }
            (state, _) => format!("{name} was started and is {state}: waiting for it to run"),
        }
    }

    /// Returns the verdict that it suggests; `None` before the start has begun, while the containers are starting, or
    /// if nothing is known that is newer than the start.
    fn suggested_verdict(&self) -> Option<Verdict> {
        if self.is_starting() || !self.has_begun {
            return None;
        }
        if self.fault.is_some() {
            return Some(Verdict::Crashing);
        }
        if self.has_completed {
            return Some(Verdict::Completed);
        }
        // Coolify's report is from before then.
        if self.lacks_container {
            return None;
        }
        match self.live {
            Some(LiveState::Running) => self.is_whole.then(|| self.running_verdict()),
            Some(LiveState::Stopped) => Some(Verdict::Crashing),
            Some(LiveState::Absent) => Some(Verdict::Failed),
            None if !self.is_fresh => None,
            None => match self.state {
                RunState::Running => Some(self.running_verdict()),
                RunState::Exited | RunState::Restarting | RunState::Degraded | RunState::Paused => {
                    Some(Verdict::Crashing)
                }
                RunState::Starting | RunState::Unknown => None,
            },
        }
    }

    /// Returns whether Coolify reports that it is being started, and Docker does not show more: after a worker was
    /// lost, Coolify reports its task as going on for ever (4.3.11).
    fn is_starting(&self) -> bool {
        let is_up = self.live == Some(LiveState::Running) && self.is_whole;
        let shows_more = self.is_by_host && (is_up || self.fault.is_some() || self.has_completed);
        self.state == RunState::Starting && !shows_more
    }

    /// Returns whether nothing but running containers was seen since this moment: by a look at each, or by Coolify.
    fn runs_since(&self, moment: Instant) -> bool {
        let is_seen_running = self.is_fresh && self.state == RunState::Running;
        is_seen_running || self.looked_since.is_none_or(|oldest| oldest >= moment)
    }

    /// Returns the verdict for containers that run.
    fn running_verdict(&self) -> Verdict {
        let is_seen_running =
            self.checks.is_some() || (self.is_fresh && self.state == RunState::Running);
        match self.told_health() {
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
pub(super) enum KnownCheck {
    /// The health check is not known.
    Unknown,
    /// Docker runs one, which has passed or failed after this time.
    Made(Duration),
    /// Coolify ended the deployment only when the check had passed.
    Passed,
}

impl KnownCheck {
    /// Returns the time after which it has answered; zero if that is not known.
    const fn time(self) -> Duration {
        match self {
            Self::Made(time) => time,
            Self::Unknown | Self::Passed => Duration::ZERO,
        }
    }
}

/// Judges one container, or the containers of a service together.
#[derive(Debug)]
pub(super) struct Monitor {
    /// The time that containers must stay up; all required durations are multiples of it.
    stability: Duration,
    /// The health check that the app has.
    check: KnownCheck,
    suggested: Option<Verdict>,
    since: Option<Instant>,
    restarts: i64,
    crashes: u32,
    was_starting: bool,
    /// The time since which all containers have been up.
    up_since: Option<Instant>,
    /// True if a health check failed in that time.
    was_unhealthy: bool,
    /// The time of the last observation.
    observed_at: Option<Instant>,
}

impl Monitor {
    /// Creates a monitor of an app with this health check.
    pub(super) fn new(stability: Duration, check: KnownCheck) -> Self {
        Self {
            stability,
            check,
            suggested: None,
            since: None,
            restarts: 0,
            crashes: 0,
            was_starting: false,
            up_since: None,
            was_unhealthy: false,
            observed_at: None,
        }
    }

    /// Returns an observation whose health is unknown unless it is certain: Coolify reports a health check that has
    /// not answered yet as one that passes.
    pub(super) fn certain_health(&mut self, now: Instant, observation: Observation) -> Observation {
        use Verdict::{Healthy, Running, Unhealthy};
        let is_up = matches!(observation.suggested_verdict(), Some(Healthy | Running | Unhealthy));
        let has_restarted = observation.restarts.unwrap_or(0) > self.restarts;
        if !is_up || has_restarted {
            (self.up_since, self.was_unhealthy) = (None, false);
        }
        let up_since = *self.up_since.get_or_insert(now);
        self.was_unhealthy |= observation.suggested_verdict() == Some(Unhealthy);
        let has_answered = match self.check {
            KnownCheck::Passed => true,
            KnownCheck::Made(time) => self.was_unhealthy || now.duration_since(up_since) >= time,
            KnownCheck::Unknown => self.was_unhealthy,
        };
        // Docker reports `starting` apart.
        if observation.checks.is_some() || has_answered || observation.health != Health::Healthy {
            return observation;
        }
        Observation { health: Health::Unknown, is_check_open: true, ..observation }
    }

    /// Adds an observation; returns the verdict once it is certain enough.
    pub(super) fn observe(&mut self, now: Instant, observation: &Observation) -> Option<Verdict> {
        let suggested = observation.suggested_verdict();
        self.observed_at = Some(now);
        self.was_starting |= observation.state == RunState::Starting;
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
        let mut since = self.since.unwrap_or(now);
        if suggested == Some(Verdict::Healthy) && observation.is_healthy_by_docker() {
            // Those without a check stayed up meanwhile.
            since = self.up_since.unwrap_or(since);
        }
        suggested
            .filter(|verdict| {
                now.duration_since(since) >= self.required_stability(*verdict, observation)
            })
            .filter(|verdict| !verdict.is_up() || observation.runs_since(since))
    }

    /// Returns the verdict at the end of the time: containers that have been up for a while run, although their health
    /// check has not answered.
    pub(super) fn final_verdict(&self, now: Instant, observation: &Observation) -> Option<Verdict> {
        let (since, seen) = self.up_since.zip(self.observed_at)?;
        let is_steady = seen.duration_since(since) >= self.stability;
        let is_recent = now.duration_since(seen) <= self.stability * 2;
        let is_seen = is_steady && is_recent && observation.is_by_host;
        observation.suggested_verdict().filter(|verdict| is_seen && verdict.is_up())
    }

    /// Returns the time for which the suggestion must be stable before the verdict is certain enough.
    fn required_stability(&self, verdict: Verdict, observation: &Observation) -> Duration {
        let times = match verdict {
            // It may restart again.
            Verdict::Healthy | Verdict::Running if self.restarts > 0 => 6,
            Verdict::Healthy if self.check == KnownCheck::Passed => 0,
            Verdict::Healthy if observation.checks.is_some_and(|checks| checks.of_all) => 0,
            // Docker reports when its check has answered.
            Verdict::Running if observation.is_by_host && observation.is_check_open => {
                return (self.stability * 14).max(self.check.time());
            }
            Verdict::Running
                if matches!(self.check, KnownCheck::Made(_))
                    && (!observation.is_fresh || observation.is_check_open) =>
            {
                14
            }
            // Coolify may have looked before a container came up, or it may go down between looks.
            Verdict::Running
                if !observation.is_by_host
                    && observation.is_fresh
                    && observation.state != RunState::Running =>
            {
                14
            }
            Verdict::Healthy | Verdict::Running => 1,
            Verdict::Unhealthy => 6,
            // Coolify says that it has not finished with it.
            Verdict::Crashing
                if observation.state == RunState::Starting
                    && observation.fault != Some(ContainerFault::Loops) =>
            {
                6
            }
            Verdict::Crashing
                if matches!(
                    observation.fault,
                    Some(ContainerFault::Ended | ContainerFault::JobFailed)
                ) =>
            {
                0
            }
            Verdict::Completed => 0,
            Verdict::Crashing if observation.fault == Some(ContainerFault::Loops) => 1,
            // The task that starts the containers may not have begun.
            Verdict::Failed if !self.was_starting => 6,
            // It has ended, and Docker was looked at once more since.
            Verdict::Failed if observation.is_by_host => return self.stability / 5,
            _ => 2,
        };
        self.stability * times
    }
}

#[cfg(test)]
mod tests;
