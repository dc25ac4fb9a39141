//! Branches that move, and listeners to that.

use std::fmt;
use std::sync::Arc;

/// A branch that was created or moved. Gitea reports pushes to hooks neither for a deleted branch nor for tags (read
/// in its source; the latter seen with 1.25.2).
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub(crate) branch: String,
    /// The commit that it was at; `None` for a new branch.
    pub(crate) before: Option<String>,
    /// The commit that it is at.
    pub(crate) after: String,
}

/// A listener to branches that move; the default does nothing.
#[derive(Clone, Default)]
pub(crate) struct Listener(Option<Arc<Listen>>);

type Listen = dyn Fn(&Moved) + Send + Sync;

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Listener {
    /// Returns a listener that does this.
    pub(crate) fn new(listen: impl Fn(&Moved) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listen)))
    }

    pub(super) fn notify(&self, moved: &Moved) {
        if let Some(listen) = &self.0 {
            listen(moved);
        }
    }
}
