//! Dynamic updates, against a real Knot.

mod concurrent_changes;
mod knot;
mod records;
mod relay;
mod signatures;
mod trouble;
mod zones;
