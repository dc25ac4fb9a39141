//! The records of hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use covibe_dns::{Changes, DnsName, RecordChange, RecordKind, RecordSet};
use covibe_domain::entities::DomainEventKind;
use covibe_domain::{DomainName, Failure, boxed};

use super::attach_call::Attaching;
use super::zone::OwnZone;
use crate::dns::dns_name;

/// The TTL of the records, in seconds: short, so that a change is visible soon.
const TTL: u32 = 300;

/// The target of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// Another name; not possible for the domain itself.
    Alias(DomainName),
}

impl Attaching<'_> {
    /// Points hosts to a destination and nowhere else. The hosts are the domain or below it, in lower case. Returns
    /// whether this changed their records.
    ///
    /// # Errors
    ///
    /// Rejected for impossible records; conflict if somebody else changes them at the same time or if an alias would be
    /// beside other records; those of the provider.
    #[boxed]
    pub async fn point(
        &mut self,
        zone: &OwnZone,
        hosts: &[DomainName],
        to: &Destination,
    ) -> Result<bool, Failure> {
        let mut changes = Vec::new();
        for host in hosts {
            changes.extend(to.changes(&dns_name(host)?)?);
        }
        let changes = Changes::new(&zone.zone.domain, changes)?;
        let served = self.served(zone.provider)?;
        let is_changed = served.replace(&zone.zone, &changes).await?;
        if is_changed {
            let names: Vec<_> = hosts.iter().map(DomainName::as_str).collect();
            let (kind, names) = (DomainEventKind::AttachRecords, names.join(" "));
            self.held.note(|_| {}, Some((kind, &names))).await?;
        }
        Ok(is_changed)
    }
}

impl Destination {
    /// Returns the changes to the records of one host.
    fn changes(&self, host: &DnsName) -> Result<Vec<RecordChange>, Failure> {
        let remove = |kind| RecordChange::Remove(host.clone(), kind);
        let addresses = match self {
            Self::Alias(target) => {
                let alias = RecordSet::cname(host.clone(), TTL, &dns_name(target)?);
                return Ok(vec![
                    remove(RecordKind::A),
                    remove(RecordKind::Aaaa),
                    RecordChange::Set(alias),
                ]);
            }
            Self::Addresses(addresses) => addresses,
        };
        let v4: Vec<Ipv4Addr> = addresses.iter().filter_map(v4).collect();
        let v6: Vec<Ipv6Addr> = addresses.iter().filter_map(v6).collect();
        let a = || RecordChange::Set(RecordSet::a(host.clone(), TTL, &v4));
        let aaaa = || RecordChange::Set(RecordSet::aaaa(host.clone(), TTL, &v6));
        Ok(vec![
            remove(RecordKind::Cname),
            if v4.is_empty() { remove(RecordKind::A) } else { a() },
            if v6.is_empty() { remove(RecordKind::Aaaa) } else { aaaa() },
        ])
    }
}

fn v4(address: &IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    }
}

fn v6(address: &IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V6(address) => Some(*address),
        IpAddr::V4(_) => None,
    }
}
