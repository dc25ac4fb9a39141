//! Google Cloud DNS, version 1 of its REST API.
//!
//! A change names exactly the records that it removes: Cloud DNS refuses it with 412 where a set
//! differs by then, with 404 where it is gone and with 409 where one of the same name and type
//! exists. So a rival's change is never overwritten unseen.
//!
//! Cloud DNS keeps the mark in the labels that a zone gets when it is made. The zone is deleted by its id, so that
//! one of the same name that is made later stays. `records` reads, compares, sends one change, and looks again
//! after a refusal or a lost answer. A change that arrives late is refused too, unless exactly the records that it
//! removes are there again.

mod api_types;
mod client;
mod error_reasons;
mod project_quotas;
mod records;
mod zone_name;
mod zones;

use covibe_upstream::{BoxFuture, Error};

use crate::dns_name::DnsName;
use crate::provider::{ChangeOutcome, Provider, Zone};
use crate::record_set::RecordSet;
use crate::record_set_changes::Changes;
use covibe_upstream::Owner;

pub use client::{CloudDns, Config};
pub use project_quotas::Quota;

impl Provider for CloudDns {
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
        Box::pin(zones::delete(self, domain, owner))
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
