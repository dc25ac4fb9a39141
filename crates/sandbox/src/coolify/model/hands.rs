//! What was done to containers by docker itself, past Coolify, which learns of it at its next look.

use std::collections::BTreeMap;
use std::time::Instant;

/// What was done to a container last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Stopped,
    Started,
    Removed,
}

/// The last deed at each container of a resource, by the name of the container in its compose file; the
/// only container of a resource has no name.
#[derive(Default)]
pub(crate) struct Hands(BTreeMap<String, (Instant, Deed)>);

impl Hands {
    /// Notes a deed.
    pub(crate) fn note(&mut self, part: &str, at: Instant, deed: Deed) {
        self.0.insert(part.to_owned(), (at, deed));
    }

    /// Returns the last deed at a container that has been there since that moment.
    pub(crate) fn last(&self, part: &str, since: Option<Instant>) -> Option<(Instant, Deed)> {
        self.0.get(part).copied().filter(|(at, _)| since.is_none_or(|since| *at >= since))
    }
}
