//! The journal of creations and removals in progress. The call that works on one owns its entry, under a lease.
//!
//! A call that is killed or times out leaves its entry. Once the entry's lease has expired, the next
//! call for the same thing takes it over.
//!
//! An upstream may carry out a creation whose answer is lost. So the resource carries the entry's id as a mark in
//! its description (`covibe_coolify::Mark`), and a call that finds an unfinished entry looks for a resource with
//! this mark, adopts it and finishes it. If Coolify answers a creation with its own error (500), the call looks for
//! the resource all the same, and finishes or deletes it. An upstream that did not answer in time may still be
//! working: for some time (`Settings::late`) no call searches for the result, and the failure says when to retry.
//! If the upstream carries out the first request even later, the journal knows by the mark which resource counts,
//! and every list deletes the other one (`scoped/coolify/resource_origin.rs`).
//!
//! A name that is taken by a resource without the mark is a conflict. A resource that an operator creates by hand
//! in a workspace's project is listed with `kind: "other"`, and an operation that changes something cannot get it
//! from the scoped client.
//!
//! `lease_times` has the times of all leases, including leases on domains and storage.

mod claims;
pub(crate) mod lease_times;
mod removals;

use std::time::{Duration, Instant};

use covibe_coolify::Mark;
use covibe_domain::{Failure, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_store::{CreatedResource, Creation, NewCreation, Store, Tx};

pub(crate) use self::claims::ClaimKind;
use crate::clock::millis;

/// The time for which an unfinished creation can be resumed. Later, a resource with its name may have been created by
/// somebody else.
const RESUMED_FOR: Duration = Duration::from_hours(24);

/// The time after a creation in which the upstream may still carry out an earlier request for it.
pub(crate) const WATCHED_FOR: Duration = RESUMED_FOR;

/// A journal entry whose lease this call owns.
#[derive(Debug)]
pub(crate) struct OwnEntry {
    /// The name under which the resource is created.
    pub(crate) name: String,
    /// True if an earlier call began the creation.
    pub(crate) resumed: bool,
    /// The mark of the upstream's resource.
    pub(crate) mark: Mark,
    /// The id that the upstream gave the resource, if an earlier call recorded it; for a removal, the record of the
    /// call that began it.
    pub(crate) uuid: Option<String>,
    id: String,
    lease_until: Timestamp,
}

/// An entry whose lease another call owns.
struct ForeignEntry {
    kind: String,
    name: String,
    /// The remaining time of its lease.
    left: Duration,
}

/// The journal of one workspace.
#[derive(Debug)]
pub struct Journal<'a> {
    store: &'a Store,
    principal: &'a Principal,
    late: Duration,
}

impl<'a> Journal<'a> {
    /// Opens the journal of the principal's workspace. `late` is the time for which an upstream may still work on a
    /// request after the client stopped waiting.
    pub(crate) fn new(store: &'a Store, principal: &'a Principal, late: Duration) -> Self {
        Self { store, principal, late }
    }

    /// Returns the time for which an upstream may still work on an abandoned request.
    pub(crate) const fn late_window(&self) -> Duration {
        self.late
    }

    /// Records a creation before it begins, or takes over the entry of an earlier call.
    ///
    /// # Errors
    ///
    /// Conflict if another call owns the entry.
    pub(crate) async fn open(
        &self,
        kind: &str,
        wanted: Option<&str>,
        fallback: &str,
        digest: &str,
        deadline: Instant,
    ) -> Result<OwnEntry, Failure> {
        let workspace = &self.principal.workspace;
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let name = wanted.unwrap_or(fallback);
        let mut earlier = None;
        if wanted.is_none() {
            earlier = tx.creation_by_digest(workspace, kind, digest).await?;
        }
        if earlier.is_none() {
            // Also without a wanted name: what an earlier call with other values left under the
            // default name is resumed with these values, or refused if that is impossible.
            earlier = tx.creation_by_name(workspace, kind, name).await?;
        }
        let lease = self.lease(deadline);
        if let Some(entry) = &earlier
            && is_stale(entry)
        {
            tx.delete_creation(&entry.id).await?;
            earlier = None;
        }
        let opened = match earlier {
            Some(entry) => take_over(&mut tx, entry, lease, digest).await?,
            None => self.insert(&mut tx, kind, name, digest, lease).await?,
        };
        tx.commit().await?;
        opened.map_err(creation_in_progress)
    }

    /// Returns the duration of the lease of a call with this deadline: until no upstream can still be working for it.
    fn lease(&self, deadline: Instant) -> Duration {
        deadline.saturating_duration_since(Instant::now()) + self.late
    }

    /// Inserts an entry, unless another call was faster.
    async fn insert(
        &self,
        tx: &mut Tx,
        kind: &str,
        name: &str,
        digest: &str,
        lease: Duration,
    ) -> Result<Result<OwnEntry, ForeignEntry>, Failure> {
        let mark = Mark::from_random(covibe_crypto::random());
        let entry = NewCreation {
            id: mark.to_string(),
            workspace: self.principal.workspace.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            digest: digest.to_owned(),
            started_at: Timestamp::now(),
        };
        let inserted = tx.insert_creation(&entry, lease).await?;
        let NewCreation { id, kind, name, .. } = entry;
        let Some(lease_until) = inserted else {
            return Ok(Err(ForeignEntry { kind, name, left: lease }));
        };
        Ok(Ok(OwnEntry { id, name, resumed: false, mark, uuid: None, lease_until }))
    }

    /// Records the id that the upstream gave the resource.
    pub(crate) async fn note(&self, entry: &OwnEntry, uuid: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.set_creation_uuid(&entry.id, uuid).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes the entry of a finished creation, and records the resource.
    pub(crate) async fn finish(&self, entry: &OwnEntry, uuid: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.delete_creation(&entry.id).await?;
        let created = CreatedResource {
            mark: entry.mark.to_string(),
            name: entry.name.clone(),
            uuid: uuid.to_owned(),
            created_at: Timestamp::now(),
        };
        tx.insert_created_resource(&self.principal.workspace, &created).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes the entry of a creation that created nothing.
    pub(crate) async fn close(&self, entry: &OwnEntry) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.delete_creation(&entry.id).await?;
        Ok(tx.commit().await?)
    }

    /// Ends the lease, so that the next call can take the entry over at once.
    pub(crate) async fn release(&self, entry: &OwnEntry) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.release_creation(&entry.id).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps the entry locked while the upstream may still be creating the resource, because nobody could find it yet.
    pub(crate) async fn hold(&self, entry: &OwnEntry, digest: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.claim_creation(&entry.id, entry.lease_until, self.late, digest).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes the entry of an unfinished creation of this name, because its resource is being deleted. Keeps the entry
    /// of a creation in progress, and the record of a recent creation, which identifies a resource that the upstream
    /// delivers late.
    #[boxed]
    pub async fn forget(&self, kind: &str, name: &str, uuid: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let entry = tx.creation_by_name(&self.principal.workspace, kind, name).await?;
        if let Some(entry) = entry.filter(|entry| entry.lease_left.is_zero()) {
            tx.delete_creation(&entry.id).await?;
        }
        let now = Timestamp::now();
        let settled = Timestamp::from_millis(now.as_millis() - millis(WATCHED_FOR));
        tx.delete_created_resource(&self.principal.workspace, uuid, now, settled).await?;
        Ok(tx.commit().await?)
    }

    /// Returns whether something of this kind and name is being created or was left unfinished. A repetition of its
    /// call would adopt a resource with this name, so nothing may be renamed to it.
    #[boxed]
    pub async fn has_entry(&self, kind: &str, name: &str) -> Result<bool, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let entry = tx.creation_by_name(&self.principal.workspace, kind, name).await?;
        tx.commit().await?;
        Ok(entry.is_some_and(|entry| !is_stale(&entry)))
    }

    /// Returns whether the creation with this mark is in progress or was left unfinished, so that the
    /// same call may be repeated to finish it.
    #[boxed]
    pub async fn is_open(&self, mark: &Mark) -> Result<bool, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let entry = tx.creation_by_id(&self.principal.workspace, mark.as_str()).await?;
        tx.commit().await?;
        Ok(entry.is_some_and(|entry| !is_stale(&entry)))
    }
}

/// Takes over an entry whose lease has expired, unless another call was faster.
async fn take_over(
    tx: &mut Tx,
    entry: Creation,
    lease: Duration,
    digest: &str,
) -> Result<Result<OwnEntry, ForeignEntry>, Failure> {
    let Creation { id, kind, name, uuid, lease_until: seen, lease_left: left, .. } = entry;
    if !left.is_zero() {
        return Ok(Err(ForeignEntry { kind, name, left }));
    }
    let Some(lease_until) = tx.claim_creation(&id, seen, lease, digest).await? else {
        return Ok(Err(ForeignEntry { kind, name, left: lease }));
    };
    // Every id is a mark; nothing is found by the mark of one that is not.
    let mark = Mark::parse(&id).unwrap_or_else(|| Mark::from_random(covibe_crypto::random()));
    Ok(Ok(OwnEntry { id, name, resumed: true, mark, uuid, lease_until }))
}

/// Returns whether an entry is too old to be resumed.
fn is_stale(entry: &Creation) -> bool {
    entry.lease_left.is_zero() && entry.started_at.age() >= RESUMED_FOR
}

fn creation_in_progress(ForeignEntry { kind, name, left }: ForeignEntry) -> Failure {
    Failure::conflict(format!("Another call is creating the {kind} {name}."))
        .hint("Wait for it to finish, then list what exists.")
        .retry_after(left)
}

/// Logs that the end of a creation could not be recorded. The entry stays until its lease expires;
/// the caller needs the creation's own failure more than this one.
pub(crate) fn log_unrecorded(recorded: Result<(), Failure>) {
    if let Err(error) = recorded {
        tracing::warn!(
            %error,
            "the end of a creation could not be recorded; its journal entry stays until the lease expires"
        );
    }
}
