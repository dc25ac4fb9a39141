//! Actions on containers by docker itself, without Coolify, which notices them at its next look.

use std::collections::BTreeMap;
use std::time::Instant;

/// An action on a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DockerAction {
    Stopped,
    Started,
    Removed,
}

/// The last action on each container of a resource, by the name of the container in its compose file; the only
/// container of a resource has no name.
#[derive(Default)]
pub(crate) struct DockerActions(BTreeMap<String, (Instant, DockerAction)>);

impl DockerActions {
    /// Notes an action.
    pub(crate) fn note(&mut self, part: &str, at: Instant, deed: DockerAction) {
        self.0.insert(part.to_owned(), (at, deed));
    }

    /// Returns the last action on a container that has existed since that moment.
    pub(crate) fn last(
        &self,
        part: &str,
        since: Option<Instant>,
    ) -> Option<(Instant, DockerAction)> {
        self.0.get(part).copied().filter(|(at, _)| since.is_none_or(|since| *at >= since))
    }
}
