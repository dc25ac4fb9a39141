//! Cloud DNS against a simulated Google Cloud, and dynamic updates against a real server; DNS
//! queries check the records that they serve.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrent_changes;
mod dynamic_update;
mod errors_for_operator;
mod faults;
mod rate_budget;
mod records;
mod simulated_google_cloud;
mod zones;
