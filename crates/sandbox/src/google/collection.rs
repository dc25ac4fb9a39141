//! The collections that a test can list.

use crate::core::Listable;

/// A collection of objects that a simulated Google Cloud keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// The tokens that were issued, as their scopes.
    Tokens,
    /// The zones by name.
    Zones,
    /// The record sets of all zones, as `name type ttl data,data`.
    RecordSets,
}

impl Listable for Collection {}
