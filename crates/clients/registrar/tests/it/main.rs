//! The client against a simulated OpenSRS over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod answers;
mod codes;
mod commands;
mod faults;
mod invalid_values;
mod registrations;
mod world;
