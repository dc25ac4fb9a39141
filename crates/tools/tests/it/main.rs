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
mod cost_beside_others;
mod creation_idempotency;
mod databases;
mod deploying;
mod deployment_polling;
mod domains;
mod envs;
mod failures_for_operator;
mod faults;
mod generated_pages;
mod large_compose_files;
mod openapi;
mod openapi_generators;
mod operator_created_resources;
mod projects;
mod pushes;
mod repos;
mod repository_checks;
mod resources_by_name;
mod storage;
mod support;
mod wrong_ids;

use std::time::Duration;

/// The time for which a call that misses its own deadline is repeated: a busy machine needs it.
const BUSY_MACHINE: Duration = Duration::from_mins(1);
