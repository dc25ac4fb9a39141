//! The operations over simulated upstreams, and the documents that are computed from the registry.

mod absent_images;
mod app_creation;
mod apps;
mod auth_providers;
mod bootstrap;
mod bootstrap_to_app;
mod call_budget;
mod compose_apps;
mod containers;
mod creation_idempotency;
mod databases;
mod deploying;
mod domains;
mod envs;
mod faults;
mod generated_pages;
mod generators;
mod large_compose_files;
mod openapi;
mod operator_failures;
mod operator_resources;
mod polling;
mod projects;
mod pushes;
mod repos;
mod repository_checks;
mod resources_by_name;
mod scale;
mod storage;
mod support;
mod wrong_ids;

use std::time::Duration;

/// The time for which a call that misses its own deadline is repeated: a busy machine needs it.
const BUSY_MACHINE: Duration = Duration::from_mins(1);
