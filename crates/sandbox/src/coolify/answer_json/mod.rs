//! The JSON of objects in answers.

pub(crate) mod deployments;
pub(crate) mod resources;
pub(crate) mod services;
pub(crate) mod storage;
pub(crate) mod team;
