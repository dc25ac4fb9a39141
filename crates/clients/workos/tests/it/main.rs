//! The client against a simulated WorkOS over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod management;
mod rate_budget;
mod sign_in;
mod sign_in_urls;
mod signing_keys;
mod simulated_workos;
mod tokens;
