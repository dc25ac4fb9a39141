//! Judging a file: each key and value against the lists of what is accepted.

pub(crate) mod checks;
mod extends;
mod file;
mod refusals;
mod service;
pub(crate) mod table;

pub(crate) use file::file;
