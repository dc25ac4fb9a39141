//! The client against a simulated WorkOS over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod faults;
mod keys;
mod management;
mod sign_in;
mod tokens;
mod world;
