//! The endpoints of projects, zones and record sets.

use serde_json::{Map, Value, json};

use super::changes;
use super::model::{NewZone, Rrset, Zone, Zones};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::errors;
use crate::google::options::{PROJECT, Settings};

/// The maximum number of sets of a page, whatever the request says. Google's own limit is not documented: clients
/// have to follow the token of the next page.
const PAGE: usize = 100;

/// Answers a request below `/dns/v1/`, after its token was checked.
pub(in crate::google) fn answer(
    zones: &mut Zones,
    settings: &Settings,
    request: &Request,
) -> ReplyResult {
    let (method, segments) = request.route();
    let ["projects", project, rest @ ..] = segments.as_slice() else {
        return Err(errors::no_route());
    };
    if *project != PROJECT {
        return Err(errors::refusal(403));
    }
    match (method, rest) {
        ("GET", []) => Ok(Reply::json(200, quota(settings))),
        ("GET", ["managedZones"]) => Ok(list(zones, request)),
        ("POST", ["managedZones"]) => create(zones, settings, request),
        ("GET", ["managedZones", zone]) => Ok(Reply::json(200, find_zone(zones, zone)?.view())),
        ("DELETE", ["managedZones", zone]) => delete(zones, zone),
        ("GET", ["managedZones", zone, "rrsets"]) => Ok(rrsets(find_zone(zones, zone)?, request)),
        ("POST", ["managedZones", zone, "changes"]) => {
            let at = zones.position(zone).ok_or_else(|| no_zone(zone))?;
            let zone = zones.zones.get_mut(at).ok_or_else(errors::no_route)?;
            changes::make(zone, settings, request)
        }
        _ => Err(errors::no_route()),
    }
}

fn quota(settings: &Settings) -> Value {
    json!({
        "kind": "dns#project",
        "id": PROJECT,
        "quota": {
            "managedZones": settings.zones,
            "rrsetsPerManagedZone": settings.rrsets_per_zone,
            "rrsetAdditionsPerChange": 1000,
            "rrsetDeletionsPerChange": 1000,
            "resourceRecordsPerRrset": 100,
            "totalRrdataSizePerChange": 100_000,
        },
    })
}

fn no_zone(zone: &str) -> Reply {
    let text = format!("The 'parameters.managedZone' resource named '{zone}' does not exist.");
    errors::api(404, "notFound", &text)
}

fn find_zone<'a>(zones: &'a Zones, zone: &str) -> Result<&'a Zone, Reply> {
    let at = zones.position(zone).ok_or_else(|| no_zone(zone))?;
    zones.zones.get(at).ok_or_else(|| no_zone(zone))
}

fn list(zones: &Zones, request: &Request) -> Reply {
    let wanted = request.query.get("dnsName");
    let all = zones.zones.iter().filter(|zone| wanted.is_none_or(|name| zone.dns_name == *name));
    let all: Vec<_> = all.map(Zone::view).collect();
    Reply::json(200, json!({ "kind": "dns#managedZonesListResponse", "managedZones": all }))
}

fn create(zones: &mut Zones, settings: &Settings, request: &Request) -> ReplyResult {
    let new = new_zone(&request.json().unwrap_or_default())?;
    if zones.zones.iter().any(|zone| zone.name == new.name) {
        let text = format!("The resource 'entity.managedZone' named '{}' already exists", new.name);
        return Err(errors::api(409, "alreadyExists", &text));
    }
    if zones.zones.len() >= settings.zones {
        return Err(errors::api(403, "quotaExceeded", "Exceeded the quota of managedZones."));
    }
    let unavailable =
        || errors::api(400, "managedZoneDnsNameNotAvailable", "The DNS name is not available.");
    if settings.reserved.contains(&new.dns_name) {
        return Err(unavailable());
    }
    Ok(Reply::json(200, zones.add(new).ok_or_else(unavailable)?.view()))
}

/// Reads a zone; the description is required, though it may be empty.
fn new_zone(body: &Value) -> Result<NewZone, Reply> {
    let text = |name: &str| {
        let absent = || errors::api(400, "required", &format!("Missing parameter: {name}"));
        body[name].as_str().map(str::to_owned).ok_or_else(absent)
    };
    let invalid = |name: &str| errors::api(400, "invalid", &format!("Invalid value for '{name}'"));
    let new = NewZone {
        name: text("name")?,
        dns_name: text("dnsName")?.to_ascii_lowercase(),
        description: text("description")?,
        visibility: text("visibility").unwrap_or_else(|_| "public".to_owned()),
        labels: body["labels"].as_object().cloned().unwrap_or_default(),
    };
    if !is_zone_name(&new.name) {
        return Err(invalid("entity.managedZone.name"));
    }
    if !new.dns_name.ends_with('.') || new.dns_name.trim_end_matches('.').is_empty() {
        return Err(invalid("entity.managedZone.dnsName"));
    }
    if !are_labels(&new.labels) {
        return Err(invalid("entity.managedZone.labels"));
    }
    Ok(new)
}

/// `[a-z]([-a-z0-9]*[a-z0-9])?`, of at most 63 characters.
fn is_zone_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(is_plain)
}

fn are_labels(labels: &Map<String, Value>) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    let is_label = |text: &str| text.len() <= 63 && text.bytes().all(is_plain);
    labels.iter().all(|(key, value)| is_label(key) && value.as_str().is_some_and(is_label))
}

fn delete(zones: &mut Zones, zone: &str) -> ReplyResult {
    let kept = find_zone(zones, zone)?;
    if kept.sets.iter().any(|set| !kept.is_own(set)) {
        let text = format!("The resource named '{zone}' cannot be deleted because it is not empty");
        return Err(errors::api(400, "containerNotEmpty", &text));
    }
    let id = kept.id;
    zones.zones.retain(|zone| zone.id != id);
    Ok(Reply::empty(204))
}

/// `GET /rrsets?name=&type=&maxResults=&pageToken=`; the token is the place of the next set.
fn rrsets(zone: &Zone, request: &Request) -> Reply {
    let is_asked_for = |set: &&Rrset| {
        let is = |parameter: &str, text: &str| {
            request.query.get(parameter).is_none_or(|wanted| wanted.eq_ignore_ascii_case(text))
        };
        is("name", &set.name) && is("type", &set.kind)
    };
    let sets: Vec<_> = zone.sets.iter().filter(is_asked_for).map(Rrset::view).collect();
    let (start, size) = (request.number("pageToken"), request.number("maxResults"));
    let (start, size) = (start.unwrap_or(0), size.unwrap_or(PAGE).clamp(1, PAGE));
    let page: Vec<_> = sets.iter().skip(start).take(size).collect();
    let mut body = json!({ "kind": "dns#resourceRecordSetsListResponse", "rrsets": page });
    if start + size < sets.len() {
        body["nextPageToken"] = json!((start + size).to_string());
    }
    Reply::json(200, body)
}
