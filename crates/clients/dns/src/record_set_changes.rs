//! The changes of a zone's record sets, checked before they are sent.

use std::collections::BTreeSet;

use covibe_domain::Failure;

use crate::dns_name::DnsName;
use crate::record_set::{RecordKind, RecordSet};

/// The first label of the record that marks a zone where its provider has no labels for zones. No change is
/// made at that name, with any provider.
pub(crate) const MARK: &str = "_co-vibe";

/// The maximum number of changes at once.
pub const MAX_CHANGES: usize = 100;

/// The maximum number of records of a set that is written. Cloud DNS has the same limit by default.
const MAX_RECORDS: usize = 100;

/// The maximum number of bytes of all records that are written at once, each with a few more for
/// its name and times: a message of DNS has at most 64 KiB, including the required records.
const MAX_BYTES: usize = 32_000;

/// The approximate number of bytes of a record beside its data.
const BESIDE: usize = 16;

/// The longest time that a resolver may keep a record (RFC 2181), in seconds.
const MAX_TTL: u32 = i32::MAX.unsigned_abs();

/// The change of one record set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// It becomes exactly this, whatever it is now.
    Set(RecordSet),
    /// It is removed.
    Remove(DnsName, RecordKind),
}

impl RecordChange {
    /// Returns the name of the set.
    pub fn name(&self) -> &DnsName {
        match self {
            Self::Set(set) => &set.name,
            Self::Remove(name, _) => name,
        }
    }

    /// Returns the type of the set.
    pub fn kind(&self) -> &RecordKind {
        match self {
            Self::Set(set) => &set.kind,
            Self::Remove(_, kind) => kind,
        }
    }
}

/// The reason why changes can't be made in a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChange {
    /// There are none, or too many.
    #[error("a change must have 1 to 100 record sets")]
    Count,
    /// A name is not in the zone.
    #[error("{0} is not in the zone")]
    Outside(DnsName),
    /// Two changes are of one set.
    #[error("the record set {0} is changed twice")]
    Twice(DnsName),
    /// The zone's own NS and SOA are its provider's.
    #[error("the NS and SOA records of the zone itself can't be changed")]
    Apex,
    /// An alias at the zone's own name.
    #[error("a CNAME can't be at the domain itself, where the zone has other records")]
    ApexAlias,
    /// An alias beside another set of the same name.
    #[error("{0} can't have a CNAME alongside other records")]
    Alias(DnsName),
    /// The name of the record that marks the zone as its owner's.
    #[error("{0} is the name of a record that this server reserves for itself")]
    Reserved(DnsName),
    /// All records together are too long for one message to a server.
    #[error("the records are too long together: change fewer at once")]
    Size,
    /// A set with no records or too many, a type that is not written, or a time out of its range.
    #[error("the record set {0} must have 1 to 100 records, one for a CNAME, and a known type")]
    Records(DnsName),
}

impl From<InvalidChange> for Failure {
    fn from(invalid: InvalidChange) -> Self {
        let hint = match &invalid {
            InvalidChange::ApexAlias => "Use A records for the domain, or a CNAME for a subdomain.",
            InvalidChange::Alias(_) => "Remove the other records, or use an address.",
            _ => "Correct the records, then repeat the call.",
        };
        Self::rejected(format!("These records can't be written: {invalid}.")).hint(hint)
    }
}

/// Changes of one zone that do not contradict each other.
#[derive(Clone, Debug)]
pub struct Changes(Vec<RecordChange>);

impl Changes {
    /// Checks the changes for the zone of this name.
    pub fn new(zone: &DnsName, changes: Vec<RecordChange>) -> Result<Self, InvalidChange> {
        if !(1..=MAX_CHANGES).contains(&changes.len()) {
            return Err(InvalidChange::Count);
        }
        let mut seen = BTreeSet::new();
        for change in &changes {
            check(zone, change)?;
            if !seen.insert((change.name(), change.kind())) {
                return Err(InvalidChange::Twice(change.name().clone()));
            }
        }
        if changes.iter().map(size).sum::<usize>() > MAX_BYTES {
            return Err(InvalidChange::Size);
        }
        Ok(Self(changes))
    }

    /// Returns the changes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &RecordChange> {
        self.0.iter()
    }

    /// Returns the names that are changed, each once.
    pub(crate) fn names(&self) -> BTreeSet<&DnsName> {
        self.0.iter().map(RecordChange::name).collect()
    }

    /// Returns the sets of these names after the changes.
    pub(crate) fn apply_to(&self, current: &[RecordSet]) -> Result<Vec<RecordSet>, InvalidChange> {
        let is_changed = |set: &RecordSet| self.find_for(set).is_some();
        let kept = current.iter().filter(|set| !is_changed(set)).cloned();
        let written = self.0.iter().filter_map(|change| match change {
            RecordChange::Set(set) => Some(set.clone()),
            RecordChange::Remove(..) => None,
        });
        let sets: Vec<_> = kept.chain(written).collect();
        let is_shared = |alias: &&RecordSet| {
            alias.kind == RecordKind::Cname
                && sets
                    .iter()
                    .any(|other| other.name == alias.name && other.kind != RecordKind::Cname)
        };
        match sets.iter().find(is_shared) {
            Some(alias) => Err(InvalidChange::Alias(alias.name.clone())),
            None => Ok(sets),
        }
    }

    /// Returns the change of a set.
    pub(crate) fn find_for(&self, set: &RecordSet) -> Option<&RecordChange> {
        self.0.iter().find(|change| (change.name(), change.kind()) == (&set.name, &set.kind))
    }
}

fn size(change: &RecordChange) -> usize {
    match change {
        RecordChange::Set(set) => set.data.iter().map(|data| data.len() + BESIDE).sum(),
        RecordChange::Remove(..) => BESIDE,
    }
}

fn check(zone: &DnsName, change: &RecordChange) -> Result<(), InvalidChange> {
    let (name, kind) = (change.name(), change.kind());
    if !name.is_within(zone) {
        return Err(InvalidChange::Outside(name.clone()));
    }
    if name == zone && matches!(kind, RecordKind::Ns | RecordKind::Soa) {
        return Err(InvalidChange::Apex);
    }
    if zone.below(MARK).as_ref() == Ok(name) {
        return Err(InvalidChange::Reserved(name.clone()));
    }
    let RecordChange::Set(set) = change else { return Ok(()) };
    if name == zone && *kind == RecordKind::Cname {
        return Err(InvalidChange::ApexAlias);
    }
    let most = if *kind == RecordKind::Cname { 1 } else { MAX_RECORDS };
    let is_written = !matches!(kind, RecordKind::Other(_) | RecordKind::Soa | RecordKind::Ns);
    let is_fine = (1..=most).contains(&set.data.len()) && is_written && set.ttl <= MAX_TTL;
    if is_fine { Ok(()) } else { Err(InvalidChange::Records(name.clone())) }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn name(text: &str) -> DnsName {
        DnsName::parse(text).unwrap()
    }

    fn set(text: &str) -> RecordChange {
        RecordChange::Set(RecordSet::a(name(text), 300, &[Ipv4Addr::LOCALHOST]))
    }

    fn alias(text: &str) -> RecordChange {
        RecordChange::Set(RecordSet::cname(name(text), 300, &name("target.test")))
    }

    #[test]
    fn invalid_changes_are_refused() {
        let (zone, www) = (name("example.ca"), name("www.example.ca"));
        let empty = RecordChange::Set(RecordSet::a(www.clone(), 300, &[]));
        let late = RecordChange::Set(RecordSet::a(www.clone(), u32::MAX, &[Ipv4Addr::LOCALHOST]));
        let text = "x".repeat(400);
        let long = RecordChange::Set(RecordSet::txt(www.clone(), 300, &[text.as_str(); 100]));
        let mark = name("_co-vibe.example.ca");
        for (changes, error) in [
            (vec![], InvalidChange::Count),
            (vec![set("example.ca"); MAX_CHANGES + 1], InvalidChange::Count),
            (vec![set("other.ca")], InvalidChange::Outside(name("other.ca"))),
            (vec![set("www.example.ca"); 2], InvalidChange::Twice(www.clone())),
            (vec![RecordChange::Remove(zone.clone(), RecordKind::Ns)], InvalidChange::Apex),
            (vec![alias("example.ca")], InvalidChange::ApexAlias),
            (
                vec![RecordChange::Remove(mark.clone(), RecordKind::Txt)],
                InvalidChange::Reserved(mark.clone()),
            ),
            (vec![set(mark.as_str())], InvalidChange::Reserved(mark)),
            (vec![long], InvalidChange::Size),
            (vec![empty], InvalidChange::Records(www.clone())),
            (vec![late], InvalidChange::Records(www)),
        ] {
            assert_eq!(Changes::new(&zone, changes).unwrap_err(), error);
        }
    }

    #[test]
    fn a_cname_alongside_other_records_of_its_name_is_refused() {
        let (zone, www) = (name("example.ca"), name("www.example.ca"));
        let both = Changes::new(&zone, vec![set("www.example.ca"), alias("www.example.ca")]);
        assert_eq!(both.unwrap().apply_to(&[]), Err(InvalidChange::Alias(www.clone())));
        let RecordChange::Set(current) = set("www.example.ca") else { panic!() };
        let alone = Changes::new(&zone, vec![alias("www.example.ca")]).unwrap();
        assert_eq!(
            alone.apply_to(std::slice::from_ref(&current)),
            Err(InvalidChange::Alias(www.clone()))
        );
        let remove = RecordChange::Remove(www, RecordKind::A);
        let swap = Changes::new(&zone, vec![remove, alias("www.example.ca")]).unwrap();
        assert_eq!(swap.apply_to(&[current]).unwrap().len(), 1);
    }
}
