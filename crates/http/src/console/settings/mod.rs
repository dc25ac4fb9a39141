//! The settings.

pub(super) mod agents;
pub(super) mod keys;
