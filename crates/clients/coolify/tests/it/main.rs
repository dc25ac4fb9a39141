//! The client against a simulated Coolify over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget;
mod cache;
mod calls;
mod changes;
mod compose;
#[path = "../../../upstream/tests/contract/mod.rs"]
mod contract;
mod destinations;
mod env_forms;
mod faults;
mod in_place;
mod journey;
mod lists;
mod quirks;
mod removal;
mod requests;
mod services;
mod world;
