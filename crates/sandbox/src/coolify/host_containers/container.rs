//! A container that Docker has as a result of Coolify's actions.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

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

/// A container that Docker has.
pub(crate) struct Planned {
    pub(crate) key: Key,
    /// The moment since which it exists. One with another moment is another container.
    pub(crate) since: Instant,
    /// Its name; `None` for an application, whose containers have a new name each time.
    pub(crate) name: Option<String>,
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
    /// The condition in which it is, unless it was stopped.
    pub(crate) condition: Condition,
    pub(crate) is_stopped: bool,
    /// The end of its program, if it ends at once.
    pub(crate) ending: Option<Ending>,
    /// True if Docker does not restart it.
    pub(crate) runs_once: bool,
    pub(crate) has_check: bool,
    pub(crate) limits: Limits,
    pub(crate) restarts: u128,
    /// The moment since which it is in a crash loop, if it is in one.
    pub(crate) loops_since: Instant,
    /// The time that Docker takes to restart it.
    pub(crate) restart_pace: Duration,
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
