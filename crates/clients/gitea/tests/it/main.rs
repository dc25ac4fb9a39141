//! The client against a simulated Gitea over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
#[path = "../../../upstream/tests/contract/mod.rs"]
mod contract;
mod faults;
mod hooks;
mod issues;
mod moved;
mod provisioning;
mod rate;
mod releases;
mod removal;
mod repair;
mod requests;
mod tokens;
mod writing;
