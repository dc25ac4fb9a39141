//! The JSON of objects in answers: members that a real engine has (`tests/recordings/docker.json`), but not all of
//! them.

pub(super) mod container;
pub(super) mod exec;
pub(super) mod inspect;
pub(super) mod network;
mod status;
pub(super) mod version;
pub(super) mod volume;
