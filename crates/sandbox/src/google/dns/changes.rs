//! Atomic changes: deletions that equal what is there, additions of what is not, or nothing at all.

use serde_json::{Value, json};

use super::model::{Rrset, Zone};
use super::record_set_rules;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::errors;
use crate::google::options::Settings;

/// The maximum number of sets that one change adds, and the most that it removes.
const MOST: usize = 1000;

/// Answers `POST /managedZones/{zone}/changes`.
pub(super) fn make(zone: &mut Zone, settings: &Settings, request: &Request) -> ReplyResult {
    let body = request.json().unwrap_or_default();
    let (deletions, additions) = (read(&body, "deletions")?, read(&body, "additions")?);
    if deletions.is_empty() && additions.is_empty() {
        let text = "The 'entity.change' parameter is required but was missing.";
        return Err(errors::api(400, "required", text));
    }
    if deletions.len().max(additions.len()) > MOST {
        return Err(errors::api(403, "quotaExceeded", "Exceeded the quota of sets per change."));
    }
    let sets = apply_changes(zone, &deletions, additions.clone())?;
    if sets.len() > settings.rrsets_per_zone {
        return Err(errors::api(
            403,
            "quotaExceeded",
            "Exceeded the quota of rrsetsPerManagedZone.",
        ));
    }
    zone.sets = sets;
    zone.last_change += 1;
    let views = |sets: &[Rrset]| sets.iter().map(Rrset::view).collect::<Vec<_>>();
    Ok(Reply::json(
        200,
        json!({
            "kind": "dns#change",
            "id": zone.last_change.to_string(),
            "status": "pending",
            "startTime": "2026-01-01T00:00:00.000Z",
            "additions": views(&additions),
            "deletions": views(&deletions),
        }),
    ))
}

/// Returns what the zone's sets become.
fn apply_changes(
    zone: &Zone,
    deletions: &[Rrset],
    additions: Vec<Rrset>,
) -> Result<Vec<Rrset>, Reply> {
    let mut sets = zone.sets.clone();
    for deletion in deletions {
        let (name, kind) = (&deletion.name, &deletion.kind);
        let Some(at) = sets.iter().position(|set| set.is_of(deletion)) else {
            let text = format!(
                "The 'entity.change.deletions' resource named '{name} ({kind})' does not exist."
            );
            return Err(errors::api(404, "notFound", &text));
        };
        if sets.get(at) != Some(deletion) {
            let text = format!("Precondition not met for 'entity.change.deletions' of '{name}'");
            return Err(errors::api(412, "conditionNotMet", &text));
        }
        sets.remove(at);
    }
    for addition in additions {
        record_set_rules::check(zone, &addition)?;
        if sets.iter().any(|set| set.is_of(&addition)) {
            let text = format!(
                "The resource 'entity.change.additions' of '{}' already exists",
                addition.name
            );
            return Err(errors::api(409, "alreadyExists", &text));
        }
        sets.push(addition);
    }
    record_set_rules::check_all(zone, &sets)?;
    Ok(sets)
}

fn read(body: &Value, name: &str) -> Result<Vec<Rrset>, Reply> {
    let sets = body[name].as_array().map_or(&[] as &[Value], Vec::as_slice);
    sets.iter().map(|set| rrset(set).ok_or_else(|| record_set_rules::invalid("the set"))).collect()
}

fn rrset(set: &Value) -> Option<Rrset> {
    let data = set["rrdatas"].as_array()?.iter();
    Some(Rrset {
        name: set["name"].as_str()?.to_ascii_lowercase(),
        kind: set["type"].as_str()?.to_owned(),
        ttl: u32::try_from(set["ttl"].as_u64()?).ok()?,
        rrdatas: data.map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?,
    })
}
