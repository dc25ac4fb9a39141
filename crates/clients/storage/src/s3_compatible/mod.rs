//! A server that speaks S3, such as MinIO, Garage or Ceph, with a bucket and a key that its operator made.

mod client;
mod error_codes;
mod listing;

pub use client::{S3Config, S3Server};
