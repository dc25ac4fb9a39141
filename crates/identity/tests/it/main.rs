//! Keys on both databases: recognised, refused, remembered and forgotten.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attempts;
mod authenticate;
mod fixture;
mod mint;
