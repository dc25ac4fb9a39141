//! Coolify's rules for bodies, fields, places, repositories, domains, storages and variables.

pub(crate) mod application_fields;
pub(crate) mod body;
pub(crate) mod database_fields;
pub(crate) mod domains;
pub(crate) mod env_variables;
pub(crate) mod repositories;
pub(crate) mod resource_placement;
pub(crate) mod storages;
