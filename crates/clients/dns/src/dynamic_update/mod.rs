//! Any authoritative DNS server that takes dynamic updates (RFC 2136) and transfers (RFC 5936) signed by
//! TSIG (RFC 8945), tried with Knot 3.2 and BIND 9.18: by itself, or as a hidden primary from which the
//! name servers that the registrar names transfer.
//!
//! The server's operator adds the zones with their NS and SOA, and lets the key transfer and update them;
//! this provider can't. A zone is taken while it has nothing else, by the record `_co-vibe` TXT with its
//! owner. Each update requires that record, and exactly what was read of the sets that it changes, so that
//! a rival's change is noticed. A zone that the server does not have is an error for the operator, not a
//! missing one: servers answer the same where the key lacks the right.
//!
//! Signatures prove who speaks and hide nothing: records are public anyway.
//!
//! A zone is read whole, by AXFR. An answer without a valid signature is never a reason to believe that nothing
//! happened. Servers silently leave out impossible records, such as an address beside an alias: updates remove
//! before they add, and require that there is room.

mod client;
mod key_trial;
mod ownership_record;
mod record_conversion;
mod records;
mod response_codes;
mod tsig_exchange;
mod update_message;
mod zone_transfer;
mod zones;

use covibe_upstream::{BoxFuture, Error};

use crate::dns_name::DnsName;
use crate::provider::{ChangeOutcome, Provider, Zone};
use crate::record_set::RecordSet;
use crate::record_set_changes::Changes;
use covibe_upstream::Owner;

pub use client::{InvalidServer, UpdateConfig, UpdateServer};
pub use key_trial::KeyTrial;

impl Provider for UpdateServer {
    fn ensure_zone<'a>(
        &'a self,
        domain: &'a DnsName,
        owner: &'a Owner,
    ) -> BoxFuture<'a, Result<Zone, Error>> {
        Box::pin(zones::ensure(self, domain, owner))
    }

    fn zone<'a>(
        &'a self,
        domain: &'a DnsName,
        owner: &'a Owner,
    ) -> BoxFuture<'a, Result<Option<Zone>, Error>> {
        Box::pin(zones::find_owned(self, domain, owner))
    }

    fn delete_zone<'a>(
        &'a self,
        domain: &'a DnsName,
        owner: &'a Owner,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(zones::release(self, domain, owner))
    }

    fn records<'a>(&'a self, zone: &'a Zone) -> BoxFuture<'a, Result<Vec<RecordSet>, Error>> {
        Box::pin(records::all(self, zone))
    }

    fn replace<'a>(
        &'a self,
        zone: &'a Zone,
        changes: &'a Changes,
    ) -> BoxFuture<'a, Result<ChangeOutcome, Error>> {
        Box::pin(records::replace(self, zone, changes))
    }
}
