//! Dynamic updates, against a real Knot.

mod concurrent_changes;
mod knot;
mod operator_errors;
mod records;
mod relay;
mod signatures;
mod zones;
