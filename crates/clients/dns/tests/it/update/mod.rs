//! Dynamic updates, against a real Knot.

mod knot;
mod records;
mod relay;
mod rivals;
mod signatures;
mod trouble;
mod zones;
