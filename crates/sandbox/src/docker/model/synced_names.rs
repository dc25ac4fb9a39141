//! The objects that an engine has taken over from Coolify.

use std::collections::BTreeSet;

/// The names that were taken over from Coolify last, by which a request finds without a search that nothing has
/// changed: there may be thousands.
#[derive(Default)]
pub(super) struct SyncedNames {
    pub(super) names: Vec<String>,
    /// The names that containers use.
    pub(super) used: BTreeSet<String>,
    /// The number of objects in the engine at that time.
    pub(super) count: usize,
}
