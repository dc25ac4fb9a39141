//! Decides which polls may read something anew, when the rate budget has no calls for all of them.
//!
//! The oldest knowledge is refreshed first. Polls come at random, so each one counts what is older than its own: it may
//! read if the rate budget has more calls to spare than that.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::ProjectUuid;
use tokio::time::Instant;

use super::kept_deployments::KeptDeployments;

/// The allowed age of an application's list, in proportion to the age of the knowledge of its project: without a
/// deployment under way, the list misses only one that began and failed within seconds.
const PROPORTION: u32 = 6;

/// The time for which an application counts as polled. Agents poll every few seconds.
const POLLED_FOR: Duration = Duration::from_secs(15);

/// The parts that a poll may read anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DueReads {
    /// The presence of the application in the project.
    pub(super) presence: bool,
    /// The application's list.
    pub(super) list: bool,
}

/// Returns the parts that a poll of an application may read if this many calls can be spared.
pub(super) fn due_reads<'a>(
    it: &KeptDeployments,
    all: impl Iterator<Item = &'a KeptDeployments>,
    spare: u32,
) -> DueReads {
    let (presence, list) = (it.confirmed_at.elapsed(), it.listed_at.elapsed() / PROPORTION);
    let (mut older_than_presence, mut older_than_list) = (0_u32, 0_u32);
    let mut projects: HashMap<&ProjectUuid, Instant> = HashMap::new();
    let mut count = |age: Duration| {
        older_than_presence += u32::from(age > presence);
        older_than_list += u32::from(age > list);
    };
    for kept in all.filter(|kept| kept.polled_at.elapsed() < POLLED_FOR) {
        count(kept.listed_at.elapsed() / PROPORTION);
        let oldest = projects.entry(&kept.project).or_insert(kept.confirmed_at);
        *oldest = kept.confirmed_at.min(*oldest);
    }
    for confirmed_at in projects.values() {
        count(confirmed_at.elapsed());
    }
    DueReads {
        presence: older_than_presence < spare || !it.is_confirmed_recently(),
        list: older_than_list < spare || !it.is_listed_recently(),
    }
}
