//! The settings.

pub(super) mod agents;
pub(super) mod keys;
pub(super) mod people;
pub(super) mod profile;
