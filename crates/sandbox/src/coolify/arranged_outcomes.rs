//! The outcomes of coming deployments and starts, as a test arranges them.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

/// The outcome of a deployment of an application, or of a start of a service or database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The build fails with these lines in its log, and the previous container keeps running. A
    /// service or database is not started.
    Fails {
        /// The lines, without secrets.
        log: Vec<String>,
    },
    /// It finishes, and the container is in that condition.
    Finishes(Condition),
    /// The containers of a service get into that condition, and the worker that started them is lost before it has
    /// noted that: the service is reported as starting for ever (4.3.11).
    Hangs(Condition),
}

/// The condition of a container after it has been started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It runs. Its health check passes if it has one.
    #[default]
    Running,
    /// It runs, and a health check of its image passes.
    Healthy,
    /// It runs, and its health check has not answered yet, which Coolify reports as healthy.
    Starting,
    /// It runs, and its health check fails.
    Unhealthy,
    /// It has exited, and Docker does not restart it.
    Exited,
    /// It is in a crash loop: Docker restarts it once per `Options::pace`.
    Restarting,
}

impl Default for Outcome {
    fn default() -> Self {
        Self::Finishes(Condition::default())
    }
}

impl Condition {
    /// Returns Coolify's status text. `has_check` is whether Coolify knows of a health check.
    pub(crate) const fn text(self, has_check: bool) -> &'static str {
        match self {
            Self::Running if !has_check => "running:unknown",
            Self::Running | Self::Healthy | Self::Starting => "running:healthy",
            Self::Unhealthy => "running:unhealthy",
            Self::Exited => "exited",
            Self::Restarting => "restarting:unknown",
        }
    }

    /// Returns the condition of a container whose program ends at once, while the others of its file are in this one.
    pub(crate) const fn after_ending(self, restarts: bool) -> Self {
        match self.is_up() {
            true if restarts => Self::Restarting,
            true => Self::Exited,
            false => self,
        }
    }

    /// Returns whether the container is running.
    pub(crate) const fn is_up(self) -> bool {
        !matches!(self, Self::Exited | Self::Restarting)
    }
}

/// The arranged outcomes. Every clone is the same list, so a test keeps one and starts the
/// simulator with another (`Options::outcomes`).
#[derive(Clone, Debug, Default)]
pub struct Outcomes(Arc<Mutex<VecDeque<(String, Outcome)>>>);

impl Outcomes {
    /// Arranges the outcome of the next deployment or start of the resource with that name or uuid.
    ///
    /// Several outcomes of one resource are used in their order. Without one, what is deployed decides: see
    /// [the sandbox's crate](crate#what-fails).
    pub fn next(&self, resource: &str, outcome: Outcome) {
        self.0.lock().push_back((resource.to_owned(), outcome));
    }

    /// Removes and returns a resource's first outcome; none if nothing was arranged.
    pub(crate) fn take(&self, name: &str, uuid: &str) -> Option<Outcome> {
        let mut arranged = self.0.lock();
        let at = arranged.iter().position(|(resource, _)| resource == name || resource == uuid);
        at.and_then(|at| arranged.remove(at)).map(|(_, outcome)| outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arranged_outcomes_are_used_once_and_in_order() {
        let outcomes = Outcomes::default();
        let failing = Outcome::Fails { log: vec!["no".to_owned()] };
        let same = outcomes.clone();
        same.next("site", failing.clone());
        outcomes.next("site", Outcome::Finishes(Condition::Exited));
        assert_eq!(outcomes.take("other", "uuid"), None);
        assert_eq!(outcomes.take("site", "uuid"), Some(failing));
        assert_eq!(outcomes.take("x", "site"), Some(Outcome::Finishes(Condition::Exited)));
        assert_eq!(outcomes.take("site", "uuid"), None);
    }
}
