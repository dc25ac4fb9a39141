//! The settings.

pub(super) mod agent_connections;
pub(super) mod keys;
pub(super) mod people;
pub(super) mod profile;
