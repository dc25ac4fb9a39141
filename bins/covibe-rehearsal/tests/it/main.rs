//! The rehearsal of an environment, against a simulated one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod steps;
