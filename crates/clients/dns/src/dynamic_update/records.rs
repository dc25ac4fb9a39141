//! Record sets: read by transfer, and replaced by updates that require the sets to be exactly as
//! read.

use covibe_upstream::{Cause, Conflict, Effect, Error};

use super::client::UpdateServer;
use super::tsig_exchange::UPDATE;
use super::update_message::Update;
use super::zone_transfer::{CurrentSet, transfer};
use super::zones::{TRIES, error_without_effect, send};
use super::{ownership_record, record_conversion};
use crate::dns_name::DnsName;
use crate::provider::{ChangeOutcome, Zone};
use crate::record_set::{RecordKind, RecordSet};
use crate::record_set_changes::{Changes, RecordChange};

/// Types that may be found beside others at a name, besides those that are written.
const USUAL: [&str; 4] = ["CAA", "HTTPS", "SRV", "SVCB"];

/// Returns every set of a zone but the mark.
pub(super) async fn all(client: &UpdateServer, zone: &Zone) -> Result<Vec<RecordSet>, Error> {
    let (_, sets) = read_marked(client, zone).await?;
    Ok(sets.into_iter().map(|one| one.set).collect())
}

/// Makes sets exactly what the changes say.
///
/// An update that requires the sets to be exactly as read can't be made twice, so a lost answer is
/// followed by another look.
pub(super) async fn replace(
    client: &UpdateServer,
    zone: &Zone,
    changes: &Changes,
) -> Result<ChangeOutcome, Error> {
    let (mut last, mut outcome) = (None, ChangeOutcome::Unchanged);
    for _ in 0..TRIES {
        let (mark, mut sets) = read_marked(client, zone).await?;
        let names = changes.names();
        sets.retain(|one| names.contains(&one.set.name));
        let update = difference(zone, &mark, changes, &sets)?;
        if update.is_empty() {
            return Ok(outcome);
        }
        match send(client, update).await {
            Ok(()) => return Ok(ChangeOutcome::Changed),
            Err(error) if error.effect == Effect::Possible => {
                outcome = ChangeOutcome::Changed;
                last = Some(error);
            }
            Err(error) if error.is_conflict() => last = None,
            Err(error) => return Err(error),
        }
    }
    let rivals = || error_without_effect(UPDATE)(Cause::Conflict(Conflict::Changed));
    Err(last.unwrap_or_else(rivals))
}

/// Returns the zone's mark and its other sets; fails as not found where it is no longer the owner's.
async fn read_marked(
    client: &UpdateServer,
    zone: &Zone,
) -> Result<(RecordSet, Vec<CurrentSet>), Error> {
    let mark = ownership_record::for_zone(zone).map_err(error_without_effect("AXFR"))?;
    let mut sets = transfer(client, &zone.domain).await?;
    let is_there = sets
        .iter()
        .any(|one| ownership_record::is_mark(&zone.domain, &one.set) && one.set.data == mark.data);
    if !is_there {
        return Err(error_without_effect("AXFR")(Cause::NotFound));
    }
    sets.retain(|one| !ownership_record::is_mark(&zone.domain, &one.set));
    Ok((mark, sets))
}

/// Returns the update that turns the current sets into the requested ones.
fn difference(
    zone: &Zone,
    mark: &RecordSet,
    changes: &Changes,
    current: &[CurrentSet],
) -> Result<Update, Error> {
    let sets: Vec<_> = current.iter().map(|one| one.set.clone()).collect();
    let beside = |_| error_without_effect(UPDATE)(Cause::Conflict(Conflict::Exists));
    changes.apply_to(&sets).map_err(beside)?;
    let build = || {
        let mut update = Update::for_zone(&zone.domain)?;
        update.requires(&record_conversion::records(mark)?);
        for change in changes.iter() {
            add(&mut update, change, current)?;
        }
        Ok(update)
    };
    build().map_err(error_without_effect(UPDATE))
}

/// Adds a change with its prerequisites, unless it is already made.
fn add(update: &mut Update, change: &RecordChange, current: &[CurrentSet]) -> Result<(), Cause> {
    let (name, kind) = (change.name(), change.kind());
    let there = current.iter().find(|one| (&one.set.name, &one.set.kind) == (name, kind));
    match (change, there) {
        (RecordChange::Set(wanted), Some(there)) if wanted.is_same(&there.set) => Ok(()),
        (RecordChange::Set(wanted), Some(there)) => {
            update.removes(there)?;
            update.adds(wanted)
        }
        (RecordChange::Set(wanted), None) => {
            require_room(update, name, kind, current)?;
            update.adds(wanted)
        }
        (RecordChange::Remove(..), Some(there)) => update.removes(there),
        (RecordChange::Remove(..), None) => Ok(()),
    }
}

/// Requires that a new set has no conflicting neighbour by then. A server silently leaves out an
/// alias beside other sets, and other sets beside an alias.
fn require_room(
    update: &mut Update,
    name: &DnsName,
    kind: &RecordKind,
    current: &[CurrentSet],
) -> Result<(), Cause> {
    let there: Vec<_> =
        current.iter().filter(|one| one.set.name == *name).map(|one| &one.set.kind).collect();
    if there.is_empty() {
        return update.requires_unused(name);
    }
    let usual = USUAL.map(|kind| RecordKind::Other(kind.to_owned()));
    let all = [
        RecordKind::A,
        RecordKind::Aaaa,
        RecordKind::Cname,
        RecordKind::Mx,
        RecordKind::Ns,
        RecordKind::Txt,
    ];
    let all = all.iter().chain(&usual);
    let excludes = |other: &&RecordKind| {
        *kind == RecordKind::Cname || *other == kind || **other == RecordKind::Cname
    };
    for other in all.filter(excludes).filter(|other| !there.contains(other)) {
        update.requires_none(name, other)?;
    }
    Ok(())
}
