//! Coolify's quirks, by resource.

mod applications;
mod attached;
mod contract;
mod databases;
mod deployments;
mod domains;
mod envs;
mod failing;
mod outcomes;
pub(crate) mod projects;
mod service_envs;
mod services;
mod stacks;
mod transport;
mod workers;
