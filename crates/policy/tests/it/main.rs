//! The rules for variables, held against a real bash.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod build_variables;
