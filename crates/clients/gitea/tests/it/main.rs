//! The client against a simulated Gitea over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod call_catalog;
#[path = "../../../upstream/tests/contract/mod.rs"]
mod contract;
mod faults;
mod gitea_and_forgejo_differences;
mod issues;
mod manual_changes;
mod provisioning;
mod published_api;
mod rate_budget;
mod redirects;
mod removal;
mod repository_writes;
mod tokens;
mod webhooks_and_statuses;
