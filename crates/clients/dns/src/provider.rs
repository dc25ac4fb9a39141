//! The operations of every provider of authoritative DNS.

use covibe_upstream::{BoxFuture, Error};

use crate::dns_name::DnsName;
use crate::record_set::RecordSet;
use crate::record_set_changes::Changes;
use covibe_upstream::Owner;

/// A zone at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The provider's own id, which no later zone of the same name and another owner has.
    pub id: String,
    /// Its domain.
    pub domain: DnsName,
    /// The name servers that the registrar must name.
    pub nameservers: Vec<DnsName>,
}

/// The outcome of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// Every set already was as requested.
    Unchanged,
    /// They were accepted. The name servers may serve them some time later.
    Changed,
}

/// A provider of authoritative DNS. Every call may be repeated.
pub trait Provider: Send + Sync {
    /// Returns the owner's zone of a domain, which it creates where there is none. A server of dynamic
    /// updates creates none: it takes one that its operator added, and that is empty.
    ///
    /// Fails with a conflict where the zone has another owner or none.
    fn ensure_zone<'a>(
        &'a self,
        domain: &'a DnsName,
        owner: &'a Owner,
    ) -> BoxFuture<'a, Result<Zone, Error>>;

    /// Returns the owner's zone of a domain.
    fn zone<'a>(
        &'a self,
        domain: &'a DnsName,
        owner: &'a Owner,
    ) -> BoxFuture<'a, Result<Option<Zone>, Error>>;

    /// Deletes the owner's zone of a domain; succeeds where there is none, and fails as not empty while it
    /// has record sets beside its own NS and SOA.
    fn delete_zone<'a>(
        &'a self,
        domain: &'a DnsName,
        owner: &'a Owner,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Returns every record set of a zone. Fails as too large rather than leave one out.
    fn records<'a>(&'a self, zone: &'a Zone) -> BoxFuture<'a, Result<Vec<RecordSet>, Error>>;

    /// Makes record sets exactly what the changes say, all of them or none.
    ///
    /// A change of somebody else at the same time is noticed, and the sets are read and compared again.
    fn replace<'a>(
        &'a self,
        zone: &'a Zone,
        changes: &'a Changes,
    ) -> BoxFuture<'a, Result<ChangeOutcome, Error>>;
}
