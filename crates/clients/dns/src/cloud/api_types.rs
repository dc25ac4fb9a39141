//! The types of the REST API of Cloud DNS.

use serde::{Deserialize, Serialize};

use crate::dns_name::DnsName;
use crate::provider::Zone;
use crate::record_set::{RecordKind, RecordSet};

/// A zone as Cloud DNS shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManagedZone {
    /// A number, as a text.
    pub(super) id: String,
    pub(super) dns_name: String,
    #[serde(default)]
    pub(super) name_servers: Vec<String>,
    #[serde(default)]
    pub(super) visibility: String,
    #[serde(default)]
    pub(super) labels: Labels,
}

/// The labels that mark a zone as ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Labels {
    #[serde(rename = "managed-by", default)]
    pub(super) managed_by: String,
    #[serde(default)]
    pub(super) workspace: String,
}

impl ManagedZone {
    /// Returns the zone of this domain; `None` where the answer is about another, or can't be used.
    pub(super) fn to_zone(&self, domain: &DnsName) -> Option<Zone> {
        let is_number = !self.id.is_empty() && self.id.bytes().all(|byte| byte.is_ascii_digit());
        let nameservers: Option<Vec<_>> =
            self.name_servers.iter().map(|name| DnsName::zone(name).ok()).collect();
        let nameservers = nameservers.filter(|names| !names.is_empty())?;
        let is_asked_for = is_number && self.dns_name == domain.dotted();
        is_asked_for.then(|| Zone { id: self.id.clone(), domain: domain.clone(), nameservers })
    }
}

/// A page of zones.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Zones {
    #[serde(default)]
    pub(super) managed_zones: Vec<ManagedZone>,
}

/// A record set as Cloud DNS shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rrset {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) ttl: u32,
    #[serde(default)]
    pub(super) rrdatas: Vec<String>,
}

impl Rrset {
    /// Returns the set in our form; `None` where its name or type can't be read.
    pub(super) fn read(self) -> Option<RecordSet> {
        let name = DnsName::parse(&self.name.replace("\\052", "*")).ok()?;
        Some(RecordSet {
            name,
            kind: RecordKind::parse(&self.kind)?,
            ttl: self.ttl,
            data: self.rrdatas,
        })
    }
}

impl From<&RecordSet> for Rrset {
    fn from(set: &RecordSet) -> Self {
        let (name, kind) = (set.name.dotted(), set.kind.to_string());
        Self { name, kind, ttl: set.ttl, rrdatas: set.data.clone() }
    }
}

/// A page of record sets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rrsets {
    #[serde(default)]
    pub(super) rrsets: Vec<Rrset>,
    pub(super) next_page_token: Option<String>,
}

/// One atomic change: the sets to remove, exactly as they are, and the sets to add.
#[derive(Debug, Serialize)]
pub(super) struct AtomicChange {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) additions: Vec<Rrset>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) deletions: Vec<Rrset>,
}
