//! Object storage against a simulated Google Cloud; grants are tried over S3, with signed requests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod buckets;
mod faults;
mod hmac_keys;
mod operator_errors;
mod s3_compatible;
mod service_accounts;
mod world;
