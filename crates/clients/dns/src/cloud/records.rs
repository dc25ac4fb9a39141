//! Record sets: read page by page, and replaced by exact changes.

use covibe_upstream::{Cause, Conflict, Effect, Error, Transport, UpstreamAnswer};

use super::api_types::{AtomicChange, Rrset, Rrsets};
use super::client::CloudDns;
use crate::dns_name::DnsName;
use crate::provider::{ChangeOutcome, Zone};
use crate::record_set::RecordSet;
use crate::record_set_changes::{Changes, RecordChange};

/// The path of a zone's record sets.
const RRSETS: &str = "/projects/{project}/managedZones/{zone}/rrsets";

/// The path of a zone's changes.
const CHANGES: &str = "/projects/{project}/managedZones/{zone}/changes";

/// The number of sets that a page is asked for. Google may answer with fewer.
const PAGE: usize = 1000;

/// The maximum number of pages of a zone: with the default quota of 10,000 sets, it has ten.
const PAGES: usize = 50;

/// The maximum number of bytes of all pages.
const BYTES: usize = 32 * 1024 * 1024;

/// The number of attempts at a change, each with the current sets.
const TRIES: usize = 3;

/// The maximum number of names that are read one by one; for more, the whole zone is read.
const SINGLY: usize = 5;

/// Returns every set of a zone.
pub(super) async fn all(client: &CloudDns, zone: &Zone) -> Result<Vec<RecordSet>, Error> {
    read(client, zone, None).await
}

/// Makes sets exactly what the changes say.
///
/// A change that removes exactly the sets that were read can't be made twice, so a lost answer is
/// followed by another look.
pub(super) async fn replace(
    client: &CloudDns,
    zone: &Zone,
    changes: &Changes,
) -> Result<ChangeOutcome, Error> {
    let (mut last, mut outcome) = (None, ChangeOutcome::Unchanged);
    for _ in 0..TRIES {
        let current = current(client, zone, changes).await?;
        let Some(change) = difference(changes, &current)? else { return Ok(outcome) };
        match post(client, zone, &change).await {
            Ok(()) => return Ok(ChangeOutcome::Changed),
            Err(error) if error.effect == Effect::Possible => {
                outcome = ChangeOutcome::Changed;
                last = Some(error);
            }
            Err(error) if error.is_conflict() || error.is_not_found() => last = None,
            Err(error) => return Err(error),
        }
    }
    let rivals = || CloudDns::error("POST", CHANGES, Cause::Conflict(Conflict::Changed));
    Err(last.unwrap_or_else(rivals))
}

/// Returns the sets at the names that are to be changed, of any type.
async fn current(
    client: &CloudDns,
    zone: &Zone,
    changes: &Changes,
) -> Result<Vec<RecordSet>, Error> {
    let names = changes.names();
    let mut sets = Vec::new();
    if names.len() > SINGLY {
        sets = all(client, zone).await?;
        sets.retain(|set| names.contains(&set.name));
        return Ok(sets);
    }
    for name in names {
        sets.extend(read(client, zone, Some(name)).await?);
    }
    Ok(sets)
}

/// Returns the change that turns the current sets into the requested ones; `None` if they are the
/// same.
fn difference(changes: &Changes, current: &[RecordSet]) -> Result<Option<AtomicChange>, Error> {
    // Only an alias beside present sets is left to be found here.
    let beside = |_| CloudDns::error("POST", CHANGES, Cause::Conflict(Conflict::Exists));
    changes.apply_to(current).map_err(beside)?;
    let is_wanted = |set: &RecordSet| match changes.find_for(set) {
        Some(RecordChange::Set(wanted)) => wanted.is_same(set),
        Some(RecordChange::Remove(..)) => false,
        None => true,
    };
    let deletions = current.iter().filter(|set| !is_wanted(set)).map(Rrset::from).collect();
    let is_there = |wanted: &RecordSet| current.iter().any(|set| set.is_same(wanted));
    let additions = changes.iter().filter_map(|change| match change {
        RecordChange::Set(wanted) if !is_there(wanted) => Some(Rrset::from(wanted)),
        _ => None,
    });
    let change = AtomicChange { additions: additions.collect(), deletions };
    let is_empty = change.additions.is_empty() && change.deletions.is_empty();
    Ok((!is_empty).then_some(change))
}

async fn post(client: &CloudDns, zone: &Zone, change: &AtomicChange) -> Result<(), Error> {
    let unwritable = || CloudDns::error("POST", CHANGES, Cause::Malformed);
    let body = serde_json::to_value(change).map_err(|_| unwritable())?;
    let request = |at: &Transport| {
        let request = at.post(CHANGES).segment(client.project()).segment(zone.id.clone());
        request.body(body.clone())
    };
    client.send(request).await?.check_empty_or_json()
}

/// Reads the sets of a zone, or those at a name.
async fn read(
    client: &CloudDns,
    zone: &Zone,
    name: Option<&DnsName>,
) -> Result<Vec<RecordSet>, Error> {
    let (mut sets, mut bytes, mut token) = (Vec::new(), 0, None::<String>);
    for page in 1..=PAGES {
        let answer = page_of(client, zone, name, token.as_deref()).await?;
        let unreadable = answer.malformed();
        bytes += answer.size();
        let Rrsets { rrsets, next_page_token } = answer.json()?;
        for rrset in rrsets {
            let set = rrset.read().filter(|set| set.name.is_within(&zone.domain));
            sets.push(set.ok_or_else(|| unreadable.clone())?);
        }
        token = next_page_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(sets);
        }
        if page == PAGES || bytes > BYTES {
            return Err(Error { cause: Cause::TooLarge, ..unreadable });
        }
    }
    Ok(sets)
}

async fn page_of(
    client: &CloudDns,
    zone: &Zone,
    name: Option<&DnsName>,
    token: Option<&str>,
) -> Result<UpstreamAnswer, Error> {
    let request = |at: &Transport| {
        let request = at.get(RRSETS).segment(client.project()).segment(zone.id.clone());
        let request = request.query("maxResults", PAGE);
        let request = match name {
            Some(name) => request.query("name", name.dotted()),
            None => request,
        };
        match token {
            Some(token) => request.query("pageToken", token),
            None => request,
        }
    };
    client.send(request).await
}
