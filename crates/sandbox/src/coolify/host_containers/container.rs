//! A container that Docker has as a result of Coolify's actions.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;

use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::model::Limits;
use crate::coolify::predicted_failures::Ending;

/// The resource of a container, and the container's name in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The resource's uuid.
    pub(crate) resource: String,
    /// The name in the compose file; empty for the only container of a resource.
    pub(crate) part: String,
}

/// The name of a container, as Coolify gives it (4.3.11).
#[derive(Clone, Debug)]
pub(crate) enum ContainerName {
    /// The name of a database's or a service's container.
    Fixed(String),
    /// The beginning of the name of an application's container; each deployment appends its time.
    Timed(String),
}

impl ContainerName {
    /// Returns the name of a container that is created at this time: with `{HHMMSS}{6 digits}`, of the day's time in
    /// microseconds.
    pub(crate) fn name_at(&self, time: Timestamp) -> String {
        let beginning = match self {
            Self::Fixed(name) => return name.clone(),
            Self::Timed(beginning) => beginning,
        };
        let seconds = time.as_millis() / 1_000 % 86_400;
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        let micros = fastrand::u32(0..1_000_000);
        format!("{beginning}-{hours:02}{minutes:02}{:02}{micros:06}", seconds % 60)
    }
}

/// The containers that exist already: what each is of, and since when.
pub(crate) type Known<'a> = HashSet<&'a (Key, Instant)>;

/// A container that Docker has.
pub(crate) struct Planned {
    pub(crate) key: Key,
    /// The moment since which it exists. One with another moment is another container.
    pub(crate) since: Instant,
    /// The parts that it is created with; `None` if it exists already.
    pub(crate) creation: Option<Creation>,
    /// The condition in which it is, unless it was stopped.
    pub(crate) condition: Condition,
    pub(crate) is_stopped: bool,
    pub(crate) restarts: u128,
    /// The moment since which it is in a crash loop, if it is in one.
    pub(crate) loops_since: Instant,
    /// The time that Docker takes to restart it.
    pub(crate) restart_pace: Duration,
}

/// The parts that a container is created with, and keeps.
pub(crate) struct Creation {
    /// Its name.
    pub(crate) name: ContainerName,
    /// The name of its resource, by which a test arranges outcomes.
    pub(crate) resource_name: String,
    pub(crate) image: String,
    /// The labels, except those with the container's name.
    pub(crate) labels: BTreeMap<String, String>,
    /// The variables, except those with the container's name.
    pub(crate) environment: Vec<(String, String)>,
    /// The volumes, and their paths in the container.
    pub(crate) mounts: Vec<(String, String)>,
    /// The networks by name.
    pub(crate) networks: Vec<String>,
    /// The end of its program, if it ends at once.
    pub(crate) ending: Option<Ending>,
    /// True if Docker does not restart it.
    pub(crate) runs_once: bool,
    pub(crate) has_check: bool,
    pub(crate) limits: Limits,
}

impl Planned {
    /// Returns whether it is running, healthy or not.
    pub(crate) fn is_running(&self) -> bool {
        self.condition.is_up() && !self.is_stopped
    }

    /// Returns whether Docker restarts it repeatedly.
    pub(crate) fn is_looping(&self) -> bool {
        self.condition == Condition::Restarting && !self.is_stopped
    }
}
