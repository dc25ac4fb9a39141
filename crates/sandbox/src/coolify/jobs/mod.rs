//! The work of Coolify behind its API: deployments, starts, deletions, the parsing of compose
//! files.

pub(crate) mod container_inspections;
pub(crate) mod database_proxies;
pub(crate) mod databases;
pub(crate) mod deletion;
pub(crate) mod deployments;
pub(crate) mod env_file;
pub(crate) mod foreign_resources;
pub(crate) mod lifecycle;
pub(crate) mod seeded_resources;
pub(crate) mod services;
pub(crate) mod worker_queue;

mod predicted_outcomes;
mod volumes;
