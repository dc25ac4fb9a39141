//! Coolify's rules for bodies, fields, names, repositories, domains and keys.

pub(crate) mod application_fields;
pub(crate) mod body;
pub(crate) mod compose_domains;
pub(crate) mod database_fields;
pub(crate) mod domains;
pub(crate) mod fields;
pub(crate) mod labels;
pub(crate) mod location;
pub(crate) mod private_keys;
pub(crate) mod repositories;
pub(crate) mod schedules;
pub(crate) mod storages;
pub(crate) mod variables;
