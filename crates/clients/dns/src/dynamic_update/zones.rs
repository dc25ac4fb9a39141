//! Zones that an operator added, which are taken by a mark.

use std::ops::ControlFlow;

use covibe_upstream::{Cause, Conflict, Effect, Error};

use super::client::UpdateServer;
use super::ownership_record;
use super::tsig_exchange::{UPDATE, exchange};
use super::update_message::Update;
use super::zone_transfer::{CurrentSet, transfer};
use crate::dns_name::DnsName;
use crate::provider::Zone;
use crate::record_set::{RecordKind, RecordSet};
use covibe_upstream::Owner;

/// The number of attempts at a change, each with the current sets.
pub(super) const TRIES: usize = 3;

/// Takes a zone for its owner, if it is not taken and has nothing but its own NS and SOA.
pub(super) async fn ensure(
    client: &UpdateServer,
    domain: &DnsName,
    owner: &Owner,
) -> Result<Zone, Error> {
    let mut last = error_without_effect(UPDATE)(Cause::Conflict(Conflict::Domain));
    for _ in 0..TRIES {
        let sets = transfer(client, domain).await?;
        if let Some(zone) = owned_zone(client, &sets, domain, owner)? {
            return Ok(zone);
        }
        if sets.iter().any(|one| !is_own(domain, &one.set)) {
            return Err(error_without_effect(UPDATE)(Cause::Conflict(Conflict::Domain)));
        }
        match claim_zone(client, domain, owner).await {
            // Another call took it meanwhile, or an earlier attempt did and its answer was lost.
            Err(error) if error.is_conflict() || error.effect == Effect::Possible => last = error,
            outcome => outcome?,
        }
    }
    let sets = transfer(client, domain).await?;
    owned_zone(client, &sets, domain, owner)?.ok_or(last)
}

async fn claim_zone(client: &UpdateServer, domain: &DnsName, owner: &Owner) -> Result<(), Error> {
    let update = ownership_record::for_owner(domain, owner.as_str()).and_then(|mark| {
        let mut update = Update::for_zone(domain)?;
        update.requires_unused(&mark.name)?;
        update.adds(&mark)?;
        Ok(update)
    });
    send(client, update.map_err(error_without_effect(UPDATE))?).await
}

/// Returns the owner's zone.
pub(super) async fn find_owned(
    client: &UpdateServer,
    domain: &DnsName,
    owner: &Owner,
) -> Result<Option<Zone>, Error> {
    owned_zone(client, &transfer(client, domain).await?, domain, owner)
}

/// Removes the mark of a zone that has nothing else. The zone itself stays its operator's.
///
/// No update can require that a zone is empty: a set that somebody else adds at this very moment stays
/// without the mark, and the zone is not taken again until the operator has removed it.
pub(super) async fn release(
    client: &UpdateServer,
    domain: &DnsName,
    owner: &Owner,
) -> Result<(), Error> {
    let sets = transfer(client, domain).await?;
    if owned_zone(client, &sets, domain, owner)?.is_none() {
        return Ok(());
    }
    let (marks, others): (Vec<_>, Vec<_>) =
        sets.iter().partition(|one| ownership_record::is_mark(domain, &one.set));
    if others.iter().any(|one| !is_own(domain, &one.set)) {
        return Err(error_without_effect(UPDATE)(Cause::Conflict(Conflict::NotEmpty)));
    }
    let mut update = Update::for_zone(domain).map_err(error_without_effect(UPDATE))?;
    for mark in marks {
        update.removes(mark).map_err(error_without_effect(UPDATE))?;
    }
    send(client, update).await
}

/// Sends an update.
pub(super) async fn send(client: &UpdateServer, update: Update) -> Result<(), Error> {
    exchange(client, UPDATE, update.finish(), |_| ControlFlow::Break(())).await
}

/// Returns an error of a call that was not sent, or that changed nothing.
pub(super) fn error_without_effect(method: &'static str) -> impl Fn(Cause) -> Error {
    move |cause| UpdateServer::error(method, cause, Effect::None)
}

/// Returns the zone if it has the owner's mark; fails with a conflict for another's.
fn owned_zone(
    client: &UpdateServer,
    sets: &[CurrentSet],
    domain: &DnsName,
    owner: &Owner,
) -> Result<Option<Zone>, Error> {
    let is_owned =
        ownership_record::is_among(sets, domain, owner).map_err(error_without_effect("AXFR"))?;
    let nameservers = client.nameservers.clone();
    let zone =
        || Zone { id: ownership_record::id(domain, owner), domain: domain.clone(), nameservers };
    Ok(is_owned.then(zone))
}

/// Returns whether a set is the zone's own.
fn is_own(domain: &DnsName, set: &RecordSet) -> bool {
    set.name == *domain && matches!(set.kind, RecordKind::Ns | RecordKind::Soa)
}
