//! Coolify's quirks, by resource.

mod applications;
mod arranged_outcomes;
mod authentication_and_rate_limit;
mod compose_services;
mod contract;
mod databases;
mod deployments;
mod domains;
mod envs;
mod failing_deployments;
mod private_keys;
pub(crate) mod projects;
mod service_envs;
mod services;
mod subresources;
mod worker_queue;
