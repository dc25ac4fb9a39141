//! What a resource was started with.

use std::time::Instant;

use super::limits::Limits;
use crate::coolify::fate::Ending;

/// What a resource was started with: a change takes effect at its next start.
pub(crate) struct Launch {
    pub(crate) at: Instant,
    /// The image; none for what is built or is a compose file.
    pub(crate) image: Option<String>,
    /// What its container may use.
    pub(crate) limits: Limits,
    /// How its program ended, if it ended at once.
    pub(crate) ending: Option<Ending>,
    /// Whether a program of its compose file ended at once.
    pub(crate) is_degraded: bool,
}
