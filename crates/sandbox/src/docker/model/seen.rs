//! What an engine has taken over from Coolify.

use std::collections::BTreeSet;

/// What was taken over from Coolify the last time, by which a request finds at once that nothing has changed: there
/// may be thousands.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) names: Vec<String>,
    /// Those that containers use.
    pub(super) used: BTreeSet<String>,
    /// How many there were here then.
    pub(super) count: usize,
}
