//! The shares of a rate budget, by which calls are counted.

use std::sync::Arc;

/// A part of the rate budget, within a group of them such as those of a tenant: groups take turns, and the
/// shares of a group take the turns of their group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub(super) group: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Share {
    /// Creates the share with this name in a group.
    pub fn new(group: &str, name: &str) -> Self {
        Self { group: Arc::from(group), name: Arc::from(name) }
    }

    /// Returns the name of its group.
    pub(crate) fn group(&self) -> Arc<str> {
        Arc::clone(&self.group)
    }
}

/// Creates a share that is a group of its own.
impl From<&str> for Share {
    fn from(name: &str) -> Self {
        let name = Arc::from(name);
        Self { group: Arc::clone(&name), name }
    }
}

impl From<&Self> for Share {
    fn from(share: &Self) -> Self {
        share.clone()
    }
}
