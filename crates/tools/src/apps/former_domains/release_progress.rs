//! The progress of this process with the release of a domain.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::AppUuid;

/// The time after which the operator is told that a domain is not released.
const LATE: Duration = Duration::from_hours(1);

/// The progress of this process with the apps of a workspace.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The time since which Coolify has no such host of any app.
    pub(super) unassigned_since: Option<Instant>,
    /// The renewals of apps whose containers have such hosts.
    pub(super) renewals: HashMap<AppUuid, Renewal>,
    /// The time of the first look that did not release the domain.
    began: Option<Instant>,
    /// True if the operator was told that the release takes long.
    is_reported: bool,
}

/// The renewal of the containers of an app.
#[derive(Clone, Copy, Debug)]
pub(super) struct Renewal {
    /// The time at which a container with a host was first seen.
    pub(super) since: Instant,
    /// True if this process has requested new containers.
    pub(super) is_requested: bool,
}

impl Progress {
    /// Notes a look that did not release the domain. Returns `true` once the release takes long, and then not again.
    pub(super) fn note_delay(&mut self, now: Instant) -> bool {
        let began = *self.began.get_or_insert(now);
        let is_news = !self.is_reported && now.saturating_duration_since(began) >= LATE;
        self.is_reported |= is_news;
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_release_is_reported_once() {
        let (mut progress, began) = (Progress::default(), Instant::now());
        let looks = [Duration::ZERO, LATE / 2, LATE, LATE * 2];
        let reported = looks.map(|after| progress.note_delay(began + after));
        assert_eq!(reported, [false, false, true, false]);
    }
}
