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
    /// The service accounts by address.
    Accounts,
    /// The buckets by name.
    Buckets,
    /// The HMAC keys that are not deleted, as `id state address`.
    HmacKeys,
    /// The bindings of the policies of buckets, as `bucket role member`.
    Grants,
    /// The objects of all buckets, as `bucket/name`.
    Objects,
}

impl Listable for Collection {}
