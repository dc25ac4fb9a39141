//! Judging containers by how they are from look to look.
//!
//! What Coolify says of a container is late: its agent on the server reports every few seconds, and
//! without it a job looks once a minute. So nothing is believed at the first look, and bad news that
//! may be of the container before are believed last.

use std::time::{Duration, Instant};

use covibe_coolify::{Health, State};

use super::outcome::Verdict;

/// What one look showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// What the container does.
    pub(super) state: State,
    /// What its health check says.
    pub(super) health: Health,
    /// How often docker has started the container again by itself, where that is known.
    pub(super) restarts: Option<i64>,
    /// Whether Coolify has certainly looked at the container since it was put up.
    pub(super) is_fresh: bool,
}

impl Sight {
    /// The verdict that it speaks for; none while the container is coming up.
    fn speaks_for(&self) -> Option<Verdict> {
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

/// After so many restarts or falls, what comes up again and again is crashing.
const FALLS: u32 = 3;

/// The looks at one container, or at those of a service together.
#[derive(Debug)]
pub(super) struct Watch {
    /// How soon the next look comes at the earliest: what all patience is measured in.
    pace: Duration,
    /// Whether what runs may still be what ran before.
    is_stale: bool,
    leans: Option<Verdict>,
    since: Option<Instant>,
    restarts: i64,
    falls: u32,
}

impl Watch {
    /// A watch that looks this often; `is_stale` where good news may be of what ran before.
    pub(super) fn new(pace: Duration, is_stale: bool) -> Self {
        Self { pace, is_stale, leans: None, since: None, restarts: 0, falls: 0 }
    }

    /// Takes a look in; the verdict, once it is certain enough.
    pub(super) fn look(&mut self, now: Instant, sight: &Sight) -> Option<Verdict> {
        let leans = sight.speaks_for();
        let restarts = sight.restarts.unwrap_or(0);
        let has_restarted = restarts > self.restarts;
        if leans != self.leans || has_restarted || self.since.is_none() {
            let falls = has_restarted || (self.since.is_some() && leans == Some(Verdict::Crashing));
            self.falls += u32::from(falls);
            // Something has happened since: it is not as it was before.
            self.is_stale &= self.since.is_none() || leans.is_none();
            (self.leans, self.since, self.restarts) = (leans, Some(now), restarts);
        }
        if leans == Some(Verdict::Crashing) && self.falls >= FALLS {
            return leans;
        }
        let stood = now.duration_since(self.since.unwrap_or(now));
        leans.filter(|verdict| stood >= self.patience(*verdict, sight))
    }

    /// How long it has to stay so to be believed.
    fn patience(&self, verdict: Verdict, sight: &Sight) -> Duration {
        let looks = match verdict {
            Verdict::Crashing if sight.is_fresh || sight.restarts.is_some_and(|n| n > 0) => 5,
            Verdict::Crashing => 30,
            Verdict::Unhealthy => 15,
            _ if self.is_stale => 15,
            _ => 5,
        };
        self.pace * looks
    }
}

#[cfg(test)]
mod tests {
    use covibe_coolify::Status;

    use super::*;

    const PACE: Duration = Duration::from_secs(2);

    fn sight(status: &str) -> Sight {
        let Status { state, health } = Status::parse(status);
        Sight { state, health, restarts: None, is_fresh: false }
    }

    /// The verdict and after how many seconds it comes, for what is seen every two of them.
    fn judge(is_stale: bool, seen: impl Fn(u64) -> Sight) -> Option<(Verdict, u64)> {
        let (mut watch, start) = (Watch::new(PACE, is_stale), Instant::now());
        (0..300).step_by(2).find_map(|second| {
            let verdict = watch.look(start + Duration::from_secs(second), &seen(second));
            verdict.map(|verdict| (verdict, second))
        })
    }

    #[test]
    fn what_stays_good_is_good() {
        assert_eq!(judge(false, |_| sight("running:healthy")), Some((Verdict::Healthy, 10)));
        assert_eq!(judge(false, |_| sight("running:unknown")), Some((Verdict::Running, 10)));
        let late = |second| {
            if second < 60 { sight("starting:unknown") } else { sight("running:healthy") }
        };
        assert_eq!(judge(false, late), Some((Verdict::Healthy, 70)));
        assert_eq!(judge(false, |_| sight("starting:unknown")), None, "it is waited for");
    }

    #[test]
    fn what_may_be_of_before_is_believed_later() {
        assert_eq!(judge(true, |_| sight("running:healthy")), Some((Verdict::Healthy, 30)));
        let anew = |second| {
            if (2..6).contains(&second) {
                sight("starting:unknown")
            } else {
                sight("running:healthy")
            }
        };
        assert_eq!(judge(true, anew), Some((Verdict::Healthy, 16)), "it has been seen to start");
        assert_eq!(judge(false, |_| sight("exited:unknown")), Some((Verdict::Crashing, 60)));
        let fresh = Sight { is_fresh: true, ..sight("exited:unknown") };
        assert_eq!(judge(false, |_| fresh), Some((Verdict::Crashing, 10)));
        let up = |second| {
            if second < 40 { sight("exited:unknown") } else { sight("running:healthy") }
        };
        assert_eq!(
            judge(false, up),
            Some((Verdict::Healthy, 50)),
            "the first look of Coolify's was late"
        );
    }

    #[test]
    fn what_comes_up_again_and_again_is_crashing() {
        let restarting = |second: u64| Sight {
            restarts: Some(1 + i64::try_from(second / 20).unwrap()),
            ..sight("restarting:unknown")
        };
        assert_eq!(judge(false, restarting), Some((Verdict::Crashing, 10)));
        let flapping = |second: u64| {
            let restarts = Some(i64::try_from(second / 6).unwrap());
            let state = if second.is_multiple_of(6) { "restarting" } else { "running" };
            Sight { restarts, ..sight(state) }
        };
        let (verdict, second) = judge(false, flapping).unwrap();
        assert_eq!(verdict, Verdict::Crashing);
        assert!(second < 30, "after {second} s");
        let falling = |second: u64| {
            let is_down = second.is_multiple_of(8);
            sight(if is_down { "degraded:unhealthy" } else { "running:unhealthy" })
        };
        assert_eq!(judge(false, falling).unwrap().0, Verdict::Crashing);
    }

    #[test]
    fn an_unhealthy_one_gets_time_to_recover() {
        assert_eq!(judge(false, |_| sight("running:unhealthy")), Some((Verdict::Unhealthy, 30)));
        let recovers =
            |second| sight(if second < 20 { "running:unhealthy" } else { "running:healthy" });
        assert_eq!(judge(false, recovers), Some((Verdict::Healthy, 30)));
    }
}
