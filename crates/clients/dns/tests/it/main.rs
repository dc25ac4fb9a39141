//! Cloud DNS against a simulated Google Cloud, and dynamic updates against a real server; what they serve
//! is asked for by DNS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod records;
mod refusals;
mod rivals;
mod update;
mod world;
mod zones;
