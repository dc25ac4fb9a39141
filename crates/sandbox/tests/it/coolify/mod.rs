//! Coolify's quirks, by resource.

mod applications;
mod databases;
mod deployments;
mod domains;
mod envs;
pub(crate) mod projects;
mod services;
mod transport;
