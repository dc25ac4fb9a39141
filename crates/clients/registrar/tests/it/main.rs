//! The client against a simulated OpenSRS over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod answers;
mod codes;
mod commands;
mod faults;
mod registrations;
mod unfit;
mod world;
