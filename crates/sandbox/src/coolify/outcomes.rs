//! What is to come of the next deployments and starts, as a test has arranged it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::server::lock;

/// What comes of a deployment of an application, or of a start of a service or database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It fails while it is built, with these lines in its log; what ran before runs on. A service
    /// or database is not started.
    Fails {
        /// The lines, without secrets.
        log: Vec<String>,
    },
    /// It finishes, and this is what becomes of the container.
    Finishes(Condition),
}

/// How a container is, once it has been started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It runs, and its health check says so.
    #[default]
    Healthy,
    /// It runs, and its health check fails.
    Unhealthy,
    /// It has ended, and stays so.
    Exited,
    /// It ends again and again, and docker starts it each time: once a pace.
    Restarting,
}

impl Condition {
    /// Coolify's text of it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Healthy => "running:healthy",
            Self::Unhealthy => "running:unhealthy",
            Self::Exited => "exited",
            Self::Restarting => "restarting:unknown",
        }
    }

    /// Whether a container that is in it answers.
    pub(super) const fn is_up(self) -> bool {
        matches!(self, Self::Healthy | Self::Unhealthy)
    }
}

/// The outcomes that are arranged; every clone is the same list, so that a test keeps one and
/// starts the simulator with another ([`super::Options::outcomes`]).
#[derive(Clone, Debug, Default)]
pub struct Outcomes(Arc<Mutex<VecDeque<(String, Outcome)>>>);

impl Outcomes {
    /// Arranges what comes of the next deployment or start of the resource with that name or uuid;
    /// several are for one after the other. Those that nothing is arranged for go well.
    pub fn next(&self, resource: &str, outcome: Outcome) {
        lock(&self.0).push_back((resource.to_owned(), outcome));
    }

    /// Uses up the first one for a resource.
    pub(super) fn take(&self, name: &str, uuid: &str) -> Outcome {
        let mut arranged = lock(&self.0);
        let at = arranged.iter().position(|(resource, _)| resource == name || resource == uuid);
        let found = at.and_then(|at| arranged.remove(at)).map(|(_, outcome)| outcome);
        found.unwrap_or(Outcome::Finishes(Condition::Healthy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_used_up_in_their_order() {
        let outcomes = Outcomes::default();
        let failing = Outcome::Fails { log: vec!["no".to_owned()] };
        let same = outcomes.clone();
        same.next("site", failing.clone());
        outcomes.next("site", Outcome::Finishes(Condition::Exited));
        assert_eq!(outcomes.take("other", "uuid"), Outcome::Finishes(Condition::Healthy));
        assert_eq!(outcomes.take("site", "uuid"), failing);
        assert_eq!(outcomes.take("x", "site"), Outcome::Finishes(Condition::Exited));
        assert_eq!(outcomes.take("site", "uuid"), Outcome::Finishes(Condition::Healthy));
    }
}
