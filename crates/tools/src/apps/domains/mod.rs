//! Domains of apps of either kind.

mod attached;
mod errors;
pub(super) mod list;
mod requested;
pub(super) mod set;
mod target;
