//! Rules for record sets.

use std::str::FromStr as _;

use hickory_proto::rr::{Name, RData, RecordType};

use super::model::{Rrset, Zone};
use crate::core::request_types::Reply;
use crate::google::errors;

/// The maximum number of records of a set.
const MOST: usize = 100;

/// Returns the 400 for a value.
pub(super) fn invalid(what: &str) -> Reply {
    errors::api(400, "invalid", &format!("Invalid value for '{what}'"))
}

/// Refuses a set that is not well formed, or not in the zone.
pub(super) fn check(zone: &Zone, set: &Rrset) -> Result<(), Reply> {
    let is_dotted = set.name.ends_with('.') && Name::from_ascii(&set.name).is_ok();
    let above = set.name.strip_suffix(&zone.dns_name);
    let is_inside = above.is_some_and(|above| above.is_empty() || above.ends_with('.'));
    if !is_dotted || !is_inside {
        return Err(invalid("entity.change.additions.name"));
    }
    if !(1..=MOST).contains(&set.rrdatas.len()) || i32::try_from(set.ttl).is_err() {
        return Err(invalid("entity.change.additions"));
    }
    if !set.rrdatas.iter().all(|data| parse(&set.kind, data).is_some()) {
        return Err(invalid("entity.change.additions.rrdata"));
    }
    Ok(())
}

/// Refuses a zone without its own sets, and an alias at its own name or beside other sets.
pub(super) fn check_all(zone: &Zone, sets: &[Rrset]) -> Result<(), Reply> {
    if sets.iter().filter(|set| zone.is_own(set)).count() != 2 {
        let text = "The NS and SOA sets of the zone cannot be deleted.";
        return Err(errors::api(400, "invalidZoneApex", text));
    }
    let aliases = sets.iter().filter(|set| set.kind == "CNAME");
    for alias in aliases {
        if alias.rrdatas.len() > 1 || sets.iter().filter(|set| set.name == alias.name).count() > 1 {
            let text = "A CNAME cannot exist beside other sets of its name.";
            return Err(errors::api(400, "cnameResourceRecordSetConflict", text));
        }
    }
    Ok(())
}

/// Reads a record's data; names in it need their final dot.
pub(super) fn parse(kind: &str, data: &str) -> Option<RData> {
    let kind = RecordType::from_str(kind).ok()?;
    let names_another =
        matches!(kind, RecordType::CNAME | RecordType::NS | RecordType::MX | RecordType::SRV);
    if names_another && !data.ends_with('.') {
        return None;
    }
    let longest = |text: &str| text.split('"').all(|part| part.len() <= 4 * 255);
    if kind == RecordType::TXT && !(data.starts_with('"') && longest(data)) {
        return None;
    }
    RData::try_from_str(kind, data).ok()
}
