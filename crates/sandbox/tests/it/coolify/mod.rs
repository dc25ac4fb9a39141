//! Coolify's quirks, by resource.

mod applications;
mod compose_services;
mod contract;
mod databases;
mod deployments;
mod domains;
mod envs;
mod failing_deployments;
mod outcomes;
mod private_keys;
pub(crate) mod projects;
mod service_envs;
mod services;
mod subresources;
mod transport;
mod worker_queue;
