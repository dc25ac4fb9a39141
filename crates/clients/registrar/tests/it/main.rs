//! The client against a simulated OpenSRS over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod credentials_and_concurrency;
mod faults;
mod invalid_values;
mod malformed_answers;
mod registrations;
mod response_codes;
mod simulated_opensrs;
