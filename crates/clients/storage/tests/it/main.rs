//! Object storage against a simulated Google Cloud; grants are tried over S3, with signed requests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod buckets;
mod errors_for_operator;
mod faults;
mod hmac_keys;
mod rate_budget;
mod s3_compatible;
mod service_accounts;
mod simulated_google_cloud;
