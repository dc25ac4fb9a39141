//! The record that marks a zone as its owner's.

use covibe_upstream::{Cause, Conflict};

use super::zone_transfer::CurrentSet;
use crate::dns_name::DnsName;
use crate::provider::Zone;
use crate::record_set::{RecordKind, RecordSet};
use crate::record_set_changes::MARK;
use covibe_upstream::Owner;

/// The time for which a resolver may keep the mark, in seconds.
const TTL: u32 = 3600;

/// Returns the mark of an owner.
pub(super) fn for_owner(domain: &DnsName, owner: &str) -> Result<RecordSet, Cause> {
    let name = domain.below(MARK).map_err(|_| Cause::Malformed)?;
    Ok(RecordSet::txt(name, TTL, &[&format!("owner={owner}")]))
}

/// Returns the mark that a zone had when it was found.
pub(super) fn for_zone(zone: &Zone) -> Result<RecordSet, Cause> {
    let owner = zone.id.strip_suffix(zone.domain.as_str()).and_then(|id| id.strip_suffix('@'));
    for_owner(&zone.domain, owner.ok_or(Cause::NotFound)?)
}

/// Returns the id of an owner's zone.
pub(super) fn id(domain: &DnsName, owner: &Owner) -> String {
    format!("{}@{domain}", owner.as_str())
}

/// Returns whether a set is a mark.
pub(super) fn is_mark(domain: &DnsName, set: &RecordSet) -> bool {
    set.kind == RecordKind::Txt && set.name.as_str() == format!("{MARK}.{domain}")
}

/// Returns whether a zone has the owner's mark, or none; fails with a conflict for another's.
pub(super) fn is_among(
    sets: &[CurrentSet],
    domain: &DnsName,
    owner: &Owner,
) -> Result<bool, Cause> {
    let Some(found) = sets.iter().find(|one| is_mark(domain, &one.set)) else { return Ok(false) };
    let is_own = found.set.data == for_owner(domain, owner.as_str())?.data;
    if is_own { Ok(true) } else { Err(Cause::Conflict(Conflict::Domain)) }
}
