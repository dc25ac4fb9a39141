//! Cloud DNS against a simulated Google Cloud, and dynamic updates against a real server; DNS
//! queries check the records that they serve.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrent_changes;
mod dynamic_update;
mod faults;
mod operator_errors;
mod records;
mod world;
mod zones;
