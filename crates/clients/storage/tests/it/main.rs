//! Object storage against a simulated Google Cloud; grants are tried by S3, with signed requests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod buckets;
mod compatible;
mod faults;
mod keys;
mod refusals;
mod world;
