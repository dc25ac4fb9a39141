//! Coolify's rules for bodies, fields, places, repositories, domains, storages and variables.

pub(crate) mod application_fields;
pub(crate) mod body;
pub(crate) mod database_fields;
pub(crate) mod domains;
pub(crate) mod location;
pub(crate) mod repositories;
pub(crate) mod storages;
pub(crate) mod variables;
