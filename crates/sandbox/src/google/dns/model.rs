//! Zones and their record sets.

use serde_json::{Map, Value, json};

/// The name servers of a shard; a zone gets one shard, and two zones of a domain get different ones.
const SHARDS: [char; 5] = ['a', 'b', 'c', 'd', 'e'];

/// The number of name servers of a shard.
const SERVERS: u8 = 4;

/// The zones of the project, oldest first.
#[derive(Debug, Default)]
pub(in crate::google) struct Zones {
    pub(super) zones: Vec<Zone>,
    last_id: u64,
}

/// A zone.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) id: u64,
    pub(super) name: String,
    /// The domain, with the final dot.
    pub(super) dns_name: String,
    pub(super) description: String,
    pub(super) visibility: String,
    pub(super) labels: Map<String, Value>,
    pub(super) nameservers: Vec<String>,
    pub(super) sets: Vec<Rrset>,
    /// The id of the last change; 0 is the zone's creation.
    pub(super) last_change: u64,
}

/// All records of a name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rrset {
    /// The name, with the final dot.
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) ttl: u32,
    pub(super) rrdatas: Vec<String>,
}

/// The parameters of a new zone.
pub(super) struct NewZone {
    pub(super) name: String,
    pub(super) dns_name: String,
    pub(super) description: String,
    pub(super) visibility: String,
    pub(super) labels: Map<String, Value>,
}

impl Zones {
    /// Adds a zone, which begins with its NS and SOA; `None` if the domain has no shard left.
    pub(super) fn add(&mut self, new: NewZone) -> Option<&Zone> {
        let NewZone { name, dns_name, description, visibility, labels } = new;
        let is_taken = |first: &String| {
            let mut same = self.zones.iter().filter(|zone| zone.dns_name == dns_name);
            same.any(|zone| zone.nameservers.first() == Some(first))
        };
        let mut shards = SHARDS.map(nameservers).into_iter();
        let nameservers = shards.find(|servers| !servers.first().is_some_and(is_taken))?;
        self.last_id += 1;
        let id = 1_000_000_000_000_000_000 + self.last_id;
        let sets = born(&dns_name, &nameservers);
        let last_change = 0;
        self.zones.push(Zone {
            id,
            name,
            dns_name,
            description,
            visibility,
            labels,
            nameservers,
            sets,
            last_change,
        });
        self.zones.last()
    }

    /// Returns the place of a zone by its name or id.
    pub(super) fn position(&self, name_or_id: &str) -> Option<usize> {
        let is_it = |zone: &Zone| zone.name == name_or_id || zone.id.to_string() == name_or_id;
        self.zones.iter().position(is_it)
    }

    /// Lists the names of the zones.
    pub(in crate::google) fn names(&self) -> Vec<String> {
        self.zones.iter().map(|zone| zone.name.clone()).collect()
    }

    /// Lists the record sets of all zones, as `name type ttl data,data`.
    pub(in crate::google) fn sets(&self) -> Vec<String> {
        let line = |set: &Rrset| {
            format!("{} {} {} {}", set.name, set.kind, set.ttl, set.rrdatas.join(","))
        };
        self.zones.iter().flat_map(|zone| zone.sets.iter().map(line)).collect()
    }
}

impl Zone {
    /// Returns the zone as the API shows it.
    pub(super) fn view(&self) -> Value {
        json!({
            "kind": "dns#managedZone",
            "id": self.id.to_string(),
            "name": self.name,
            "dnsName": self.dns_name,
            "description": self.description,
            "visibility": self.visibility,
            "labels": self.labels,
            "nameServers": self.nameservers,
            "creationTime": "2026-01-01T00:00:00.000Z",
        })
    }

    /// Returns whether a set is one that the zone begins with.
    pub(super) fn is_own(&self, set: &Rrset) -> bool {
        set.name == self.dns_name && matches!(set.kind.as_str(), "NS" | "SOA")
    }
}

impl Rrset {
    /// Returns the set as the API shows it.
    pub(super) fn view(&self) -> Value {
        let Self { name, kind, ttl, rrdatas } = self;
        json!({
            "kind": "dns#resourceRecordSet",
            "name": name,
            "type": kind,
            "ttl": ttl,
            "rrdatas": rrdatas,
            "signatureRrdatas": [],
        })
    }

    /// Returns whether both are of one name and type.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind
    }
}

fn nameservers(shard: char) -> Vec<String> {
    (1..=SERVERS).map(|number| format!("ns-cloud-{shard}{number}.googledomains.com.")).collect()
}

fn born(dns_name: &str, nameservers: &[String]) -> Vec<Rrset> {
    let set = |kind: &str, rrdatas| Rrset {
        name: dns_name.to_owned(),
        kind: kind.to_owned(),
        ttl: 21600,
        rrdatas,
    };
    let first = nameservers.first().map_or("", String::as_str);
    let soa = format!("{first} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300");
    vec![set("NS", nameservers.to_vec()), set("SOA", vec![soa])]
}
