//! Judging a file: each key and value is compared with lists of what is accepted.

pub(crate) mod checks;
pub(crate) mod circles;
mod confinement;
mod file;
pub(crate) mod limits;
mod places;
mod references;
mod service;
pub(crate) mod table;
pub(crate) mod waits;

pub(crate) use confinement::confinement;
pub(crate) use file::{MOST_SERVICES, file};
pub(crate) use references::volume_name;
