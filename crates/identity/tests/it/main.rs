//! Keys and people on both databases: recognised, refused, remembered and forgotten.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attempts;
mod authenticate;
mod devices;
mod fixture;
mod mint;
mod people;
