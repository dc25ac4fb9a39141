//! The changes that rewriting makes to a file, and the variables that the file needs.

use std::collections::BTreeSet;

use crate::file_location::Location;

/// A change of the file: a difference between the text that was passed and the text that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where, such as `services.web.ports`.
    pub path: String,
    /// The change, such as `dropped`.
    pub change: String,
    /// Why, or what follows, as a clause in lower case.
    pub why: &'static str,
}

/// The variables that the file refers to and the call does not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeededVariables {
    /// Those without which a member was left out.
    pub required: BTreeSet<String>,
    /// Those that are empty, because they have no default.
    pub empty: BTreeSet<String>,
    /// The number of variables that are passed on if they are set.
    pub optional: usize,
}

/// Where a file has values that look like placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placeholders {
    /// The variables whose defaults do, and which the call does not set.
    pub variables: BTreeSet<String>,
    /// The variables of services that the file sets to one, such as `web.APP_SECRET`.
    pub literals: BTreeSet<String>,
}

/// The changes so far.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) made: Vec<Change>,
    /// Services with the paths of their URLs.
    pub(crate) paths: Vec<(String, String)>,
    pub(crate) needed: NeededVariables,
}

impl Changes {
    /// Notes a change.
    pub(crate) fn note(&mut self, at: &Location, change: impl Into<String>, why: &'static str) {
        self.made.push(Change { path: at.to_string(), change: change.into(), why });
    }
}
