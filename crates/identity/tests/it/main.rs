//! Keys and people on both databases: recognised, refused, remembered and forgotten.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attempt_limits;
mod authenticate;
mod devices;
mod ended_callers;
mod fixture;
mod key_minting;
mod key_revocation;
mod people;
