//! The client against a simulated Coolify over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod call_catalog;
mod compose_domains;
#[path = "../../../upstream/tests/contract/mod.rs"]
mod contract;
mod database_changes_and_version;
mod destinations;
mod env_escaping;
mod faults;
mod in_place_changes;
mod project_contents;
mod project_contents_cache;
mod published_api;
mod quirks;
mod rate_budget;
mod removal;
mod services;
mod simulated_coolify;
mod worked_example;
