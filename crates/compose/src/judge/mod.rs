//! Judging a file: each key and value is compared with lists of what is accepted.

pub(crate) mod checks;
pub(crate) mod dependencies;
mod file;
mod references;
pub(crate) mod resource_limits;
mod service;
pub(crate) mod table;

pub(crate) use file::{MOST_SERVICES, file};
pub(crate) use references::volume_name;
pub(crate) use service::confinement;
