//! Zones: found by their name and by their domain, and marked with their owner.

use covibe_upstream::{Cause, Conflict, Error, optional};
use serde_json::json;

use super::api_types::{Labels, ManagedZone, Zones};
use super::client::CloudDns;
use super::zone_name;
use crate::dns_name::DnsName;
use crate::provider::Zone;
use covibe_upstream::Owner;

/// The path of all zones.
const ZONES: &str = "/projects/{project}/managedZones";

/// The path of a zone.
const ZONE: &str = "/projects/{project}/managedZones/{zone}";

/// The label's value that says that this server made the zone.
const MANAGED_BY: &str = "co-vibe";

/// Returns the owner's zone of a domain, which is created where there is none.
pub(super) async fn ensure(
    client: &CloudDns,
    domain: &DnsName,
    owner: &Owner,
) -> Result<Zone, Error> {
    if let Some(zone) = find_owned(client, domain, owner).await? {
        return Ok(zone);
    }
    match create(client, domain, owner).await {
        // Another call made it meanwhile, or an earlier attempt did and its answer was lost.
        Err(error) if error.is_conflict() => {
            let zone = find_owned(client, domain, owner).await?;
            zone.ok_or_else(|| CloudDns::error("POST", ZONES, Cause::Conflict(Conflict::Domain)))
        }
        outcome => outcome,
    }
}

/// Returns the owner's zone of a domain; fails with a conflict where that is not the owner's.
pub(super) async fn find_owned(
    client: &CloudDns,
    domain: &DnsName,
    owner: &Owner,
) -> Result<Option<Zone>, Error> {
    let request = |at: &covibe_upstream::Transport| {
        at.get(ZONE).segment(client.project()).segment(zone_name::for_domain(domain))
    };
    let Some(answer) = optional(client.send(request).await)? else {
        return by_domain(client, domain, owner).await;
    };
    let unreadable = answer.malformed();
    let found: ManagedZone = answer.json()?;
    if found.dns_name != domain.dotted() || found.labels != labels(owner) {
        return Err(CloudDns::error("GET", ZONE, Cause::Conflict(Conflict::Domain)));
    }
    found.to_zone(domain).map(Some).ok_or(Error { cause: Cause::Mistaken, ..unreadable })
}

/// Returns the zone of a domain that has another name and the owner's labels, such as one that an earlier
/// release made. One without them is somebody else's, who may have it for another purpose.
async fn by_domain(
    client: &CloudDns,
    domain: &DnsName,
    owner: &Owner,
) -> Result<Option<Zone>, Error> {
    let request = |at: &covibe_upstream::Transport| {
        at.get(ZONES).segment(client.project()).query("dnsName", domain.dotted())
    };
    let zones = client.send(request).await?.json::<Zones>()?.managed_zones;
    let mut own = zones.iter().filter(|zone| zone.labels == labels(owner));
    Ok(own.find(|zone| zone.visibility != "private").and_then(|zone| zone.to_zone(domain)))
}

async fn create(client: &CloudDns, domain: &DnsName, owner: &Owner) -> Result<Zone, Error> {
    let body = json!({
        "name": zone_name::for_domain(domain),
        "dnsName": domain.dotted(),
        "description": "Made by Co-Vibe. It changes and deletes this zone.",
        "visibility": "public",
        "dnssecConfig": { "state": "off" },
        "labels": labels(owner),
    });
    // The name makes it repeatable: a second zone of it is refused.
    let request = |at: &covibe_upstream::Transport| {
        at.post(ZONES).segment(client.project()).body(body.clone()).repeatable()
    };
    let answer = client.send(request).await?;
    let unreadable = answer.malformed();
    let made: ManagedZone = answer.json()?;
    made.to_zone(domain).ok_or(Error { cause: Cause::Mistaken, ..unreadable })
}

/// Deletes the owner's zone of a domain, by its id: a zone of the same name that is made meanwhile stays.
pub(super) async fn delete(
    client: &CloudDns,
    domain: &DnsName,
    owner: &Owner,
) -> Result<(), Error> {
    let Some(zone) = find_owned(client, domain, owner).await? else { return Ok(()) };
    let request = |at: &covibe_upstream::Transport| {
        at.delete(ZONE).segment(client.project()).segment(zone.id.clone()).repeatable()
    };
    match optional(client.send(request).await)? {
        Some(answer) => answer.check_empty_or_json(),
        None => Ok(()),
    }
}

fn labels(owner: &Owner) -> Labels {
    let (managed_by, workspace) = (MANAGED_BY.to_owned(), owner.as_str().to_owned());
    Labels { managed_by, workspace }
}
