//! Judging a file: each key and value is compared with lists of what is accepted.

pub(crate) mod checks;
pub(crate) mod dependencies;
mod internal_references;
pub(crate) mod key_tables;
pub(crate) mod resource_limits;
mod service;
mod top_level;

pub(crate) use internal_references::volume_name;
pub(crate) use service::{confinement, stored_log_drivers};
pub(crate) use top_level::{MOST_SERVICES, file};
