//! Compose files as Coolify reads and stores them, and the variables that it makes of them.

mod bind_mounts;
mod compose_file;
mod database_services;
pub(crate) mod docker_compose_checks;
mod generated_file;
mod interpolation_syntax;
pub(crate) mod magic_variables;
mod resource_limits_check;
mod stored_variables;
mod switched_image;
mod yaml_output;
mod yaml_parser;

pub(crate) use bind_mounts::Bind;
pub(crate) use compose_file::{Error, File, Service};
pub(crate) use generated_file::Generation;
pub(crate) use stored_variables::{StoredVariable, stored_variables};
pub(crate) use switched_image::with_image;

/// The file of a compose application whose repository can't be reached.
pub(crate) const PLACEHOLDER: &str = "services:\n  app:\n    build: .\n";
