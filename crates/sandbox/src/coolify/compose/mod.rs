//! Compose files as Coolify reads and stores them, and the variables that it makes of them.

mod bind;
mod database;
mod dump;
mod file;
mod generated;
mod interpolation;
mod limits;
pub(crate) mod loading;
pub(crate) mod magic;
mod stored_variables;
mod switched_image;
mod yaml;

pub(crate) use bind::Bind;
pub(crate) use file::{Error, File, Service};
pub(crate) use generated::Generation;
pub(crate) use stored_variables::{StoredVariable, stored_variables};
pub(crate) use switched_image::with_image;

/// The file of a compose application whose repository can't be reached.
pub(crate) const PLACEHOLDER: &str = "services:\n  app:\n    build: .\n";
