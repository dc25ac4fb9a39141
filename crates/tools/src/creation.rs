//! Creating something on an upstream so that a repeated call continues instead of doubling.
//!
//! Before anything is made, the journal says what is about to be made and until when this call
//! holds it. A call that is killed, times out or loses its connection leaves its entry; the next
//! call for the same thing finds it, looks for what the first one made, and finishes that.

mod hosts;
mod in_time;
mod names;

use std::future::Future;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind, Timestamp};
use covibe_policy::Principal;
use covibe_store::{Creation, Store, Tx};
use serde::Serialize;

use self::in_time::{end, in_time, slow};
use crate::context::Workspace;
use crate::now;

pub(crate) use hosts::holding;

/// After this long an unfinished creation is not continued by a call of the same name: whatever
/// bears that name by then may have been made by somebody else.
const CONTINUED_FOR: Duration = Duration::from_hours(24);

/// Something that a workspace creates under a name of its own.
pub(crate) trait Create: Sync {
    /// What it is called in the journal and in sentences.
    const KIND: &'static str;

    /// What identifies it once it is made.
    type Id: Send + Sync + Clone + ToString;

    /// What the call answers.
    type Made: Send;

    /// The workspace's own resource of this name, if there is one.
    fn find(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> impl Future<Output = Result<Option<Self::Id>, Failure>> + Send;

    /// Makes it. Not repeated unless it certainly had no effect.
    fn create(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> impl Future<Output = Result<Self::Id, Failure>> + Send;

    /// Finishes what was made, now or by an earlier call: each step is safe to repeat. That call may
    /// have had other values: what is as it asked is changed to this one's, or refused.
    fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        id: Self::Id,
    ) -> impl Future<Output = Result<Self::Made, Failure>> + Send;
}

/// Carries out a creation under the journal.
///
/// `wanted` is the name that the caller asks for, `fallback` the one to take otherwise; `params`
/// are what makes a repeated call recognisable when it asks for no name.
pub(crate) async fn carry_out<C: Create, P: Serialize>(
    cx: &Workspace,
    creation: &C,
    wanted: Option<&str>,
    fallback: &str,
    params: &P,
) -> Result<C::Made, Failure> {
    let (journal, digest) = (cx.journal(), cx.fingerprint(params));
    let claim = journal.claim(C::KIND, wanted, fallback, &digest, cx.deadline()).await?;
    match make(cx, creation, &journal, &claim).await {
        Ok(made) => {
            journal.close(&claim).await.map_err(Failure::in_doubt)?;
            Ok(made)
        }
        Err(Unmade::Nothing(failure)) => {
            left_open(journal.close(&claim).await);
            Err(failure)
        }
        Err(Unmade::Unfinished(failure)) => {
            left_open(journal.release(&claim).await);
            Err(failure)
        }
        Err(Unmade::Late(failure)) => {
            left_open(journal.hold(&claim, &digest).await);
            Err(failure.retry_after(journal.late))
        }
    }
}

/// An entry that could not be written stays until its lease ends; the failure of the creation is
/// what the caller must hear of.
fn left_open(written: Result<(), Failure>) {
    if let Err(error) = written {
        tracing::warn!(%error, "a creation's entry stays until its lease ends");
    }
}

/// Why a creation did not come to its end, and whether something of it exists or may exist.
enum Unmade {
    /// Nothing of it exists.
    Nothing(Failure),
    /// Something of it exists, or may.
    Unfinished(Failure),
    /// Something of it may exist soon.
    Late(Failure),
}

impl Unmade {
    /// Something of it was made by this call, or may have been.
    fn begun(kind: &str, name: &str, failure: Failure) -> Self {
        let hint = format!(
            "The {kind} {name} may be there, unfinished: repeat the same call. It finishes that \
             one and makes no second."
        );
        Self::Unfinished(failure.in_doubt().hint(hint))
    }

    /// The upstream was asked to make it, and did not answer in time.
    fn late(kind: &str, name: &str, failure: Failure) -> Self {
        let hint = format!(
            "The {kind} {name} may still be made: wait for the time given, then repeat the same \
             call. It finishes that one and makes no second."
        );
        Self::Late(failure.hint(hint))
    }
}

async fn make<C: Create>(
    cx: &Workspace,
    creation: &C,
    journal: &Journal<'_>,
    claim: &Claim,
) -> Result<C::Made, Unmade> {
    let (name, end) = (claim.name.as_str(), end(cx));
    let untouched = |failure| {
        if claim.resumed { Unmade::Unfinished(failure) } else { Unmade::Nothing(failure) }
    };
    let begun = |failure| Unmade::begun(C::KIND, name, failure);
    let found = in_time(end, creation.find(cx, name), slow()).await.map_err(untouched)?;
    let is_new = found.is_none();
    let id = match found {
        Some(_) if !claim.resumed => return Err(Unmade::Nothing(taken(C::KIND, name))),
        Some(id) => id,
        None => {
            let made = in_time(end, creation.create(cx, name), slow().in_doubt()).await;
            made.map_err(|failure| match (failure.is_in_doubt(), failure.kind) {
                (true, Kind::Timeout) => Unmade::late(C::KIND, name, failure),
                (true, _) => begun(failure),
                (false, _) => untouched(failure),
            })?
        }
    };
    let unfinished = |failure: Failure| {
        if is_new || failure.is_in_doubt() { begun(failure) } else { Unmade::Unfinished(failure) }
    };
    journal.note(claim, &id.to_string()).await.map_err(unfinished)?;
    let finished = in_time(end, creation.finish(cx, name, id), slow().in_doubt()).await;
    finished.map_err(unfinished)
}

fn taken(kind: &str, name: &str) -> Failure {
    Failure::conflict(format!("The {kind} {name} exists in this workspace already."))
        .hint("Pass another name, or use the one that is there.")
}

/// The right to create something under a name, until the lease ends.
pub(crate) struct Claim {
    id: String,
    name: String,
    resumed: bool,
    lease_until: Timestamp,
}

/// An entry that another call holds: its kind, its name and until when.
struct Held(String, String, Timestamp);

/// The journal of what a workspace creates.
pub(crate) struct Journal<'a> {
    store: &'a Store,
    principal: &'a Principal,
    late: Duration,
}

impl<'a> Journal<'a> {
    /// The journal of the principal's workspace, for upstreams that go on working for so long on
    /// a request whose answer was not waited for.
    pub(crate) fn new(store: &'a Store, principal: &'a Principal, late: Duration) -> Self {
        Self { store, principal, late }
    }

    /// Writes down what is about to be created, or takes over what an earlier call left.
    async fn claim(
        &self,
        kind: &str,
        wanted: Option<&str>,
        fallback: &str,
        digest: &str,
        deadline: Instant,
    ) -> Result<Claim, Failure> {
        let workspace = &self.principal.workspace;
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let name = wanted.unwrap_or(fallback);
        let mut left = None;
        if wanted.is_none() {
            left = tx.creation_by_digest(workspace, kind, digest).await?;
        }
        if left.is_none() {
            // Also where no name was asked for: what an earlier call with other values left under
            // the usual name is continued with these, or refused where it can't be.
            left = tx.creation_by_name(workspace, kind, name).await?;
        }
        let lease = after(deadline.saturating_duration_since(Instant::now()) + self.late);
        if let Some(entry) = &left
            && is_stale(entry)
        {
            tx.delete_creation(&entry.id).await?;
            left = None;
        }
        let claim = if let Some(entry) = left {
            take_over(&mut tx, entry, lease, digest).await?
        } else {
            self.begin(&mut tx, kind, name, digest, lease).await?
        };
        tx.commit().await?;
        claim.map_err(busy)
    }

    /// A fresh entry, unless another call was faster.
    async fn begin(
        &self,
        tx: &mut Tx,
        kind: &str,
        name: &str,
        digest: &str,
        lease_until: Timestamp,
    ) -> Result<Result<Claim, Held>, Failure> {
        let entry = Creation {
            id: format!("crt_{}", hex::encode(covibe_crypto::random::<12>())),
            workspace: self.principal.workspace.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            digest: digest.to_owned(),
            uuid: None,
            lease_until,
            started_at: now(),
        };
        if !tx.insert_creation(&entry).await? {
            return Ok(Err(Held(entry.kind, entry.name, lease_until)));
        }
        Ok(Ok(Claim { id: entry.id, name: entry.name, resumed: false, lease_until }))
    }

    /// Notes what the upstream called it.
    async fn note(&self, claim: &Claim, uuid: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.set_creation_uuid(&claim.id, uuid).await?;
        Ok(tx.commit().await?)
    }

    /// Ends the entry.
    async fn close(&self, claim: &Claim) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.delete_creation(&claim.id).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets what a creation of this name left behind, whose resource is being deleted; one that is
    /// under way keeps its entry.
    pub(crate) async fn forget(&self, kind: &str, name: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let entry = tx.creation_by_name(&self.principal.workspace, kind, name).await?;
        if let Some(entry) = entry.filter(|entry| entry.lease_until <= now()) {
            tx.delete_creation(&entry.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Keeps the entry from everybody while the upstream may be making it: a look would not find
    /// it yet.
    async fn hold(&self, claim: &Claim, digest: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.claim_creation(&claim.id, claim.lease_until, after(self.late), digest).await?;
        Ok(tx.commit().await?)
    }

    /// Leaves the entry for the next call, at once.
    async fn release(&self, claim: &Claim) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.release_creation(&claim.id).await?;
        Ok(tx.commit().await?)
    }
}

/// Takes over an entry whose holder is gone, unless it is not, or another call was faster.
async fn take_over(
    tx: &mut Tx,
    entry: Creation,
    lease: Timestamp,
    digest: &str,
) -> Result<Result<Claim, Held>, Failure> {
    let seen = entry.lease_until;
    if seen > now() {
        return Ok(Err(Held(entry.kind, entry.name, seen)));
    }
    if !tx.claim_creation(&entry.id, seen, lease, digest).await? {
        return Ok(Err(Held(entry.kind, entry.name, lease)));
    }
    Ok(Ok(Claim { id: entry.id, name: entry.name, resumed: true, lease_until: lease }))
}

/// Whether an entry is too old to be continued.
fn is_stale(entry: &Creation) -> bool {
    let age = now().as_millis() - entry.started_at.as_millis();
    entry.lease_until <= now() && age >= millis(CONTINUED_FOR)
}

fn busy(Held(kind, name, until): Held) -> Failure {
    Failure::conflict(format!("Another call is creating the {kind} {name} right now."))
        .hint("Wait for it, then list what there is.")
        .retry_after(left(until))
}

/// How long it is until then; nothing when that is past.
pub(crate) fn left(until: Timestamp) -> Duration {
    let left = until.as_millis().saturating_sub(now().as_millis()).max(0);
    Duration::from_millis(left.unsigned_abs())
}

/// The moment that is so far away.
pub(crate) fn after(wait: Duration) -> Timestamp {
    Timestamp::from_millis(now().as_millis() + millis(wait))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
