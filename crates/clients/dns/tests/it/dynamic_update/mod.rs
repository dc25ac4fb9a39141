//! Dynamic updates, against a real Knot.

mod concurrent_changes;
mod errors_for_operator;
mod knot;
mod records;
mod relay;
mod signatures;
mod zones;
