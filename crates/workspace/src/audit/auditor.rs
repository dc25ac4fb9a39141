//! The audit as calls use it: entries are added to the lane of their tenant.
//!
//! The entry of a change is durable before its call continues. Entries of reads are committed in groups, so that a read
//! costs no write transaction of its own. No call waits for long: if the queue has no room for an entry, or if it is
//! not written in time, the call fails.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::counters::Count;
use covibe_domain::{Failure, Kind, TenantId, boxed};
use covibe_store::{AuditEntry, Backend, RevokedKey, Store};
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::audit_health::{AuditHealth, Trouble};
use super::audit_lanes::{Lane, LaneDivision, LaneItem, Lanes};
use super::entry_author::Author;
use super::entry_draft::Draft;
use super::lane_writer::Writer;
use super::lost_entries::Losses;
use super::shared_state::AuditShared;
use super::unfinished_calls::UnfinishedSettler;

/// The time that the entry of a read waits for room in the queue.
const PLACE: Duration = Duration::from_secs(1);

/// The time limit for the last entries when the server stops.
const FLUSH: Duration = Duration::from_secs(10);

/// The time after which the writing of a group counts as late.
const LATE: Duration = Duration::from_secs(3);

/// The time to wait before a retry of a call that the audit prevented.
const RETRY: Duration = Duration::from_secs(1);

/// The number of entries that are not written yet, or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditLoad {
    /// The number of entries that are not written yet.
    pub queued: usize,
    /// The time that the oldest of them has waited; zero if there are none.
    pub oldest: Duration,
    /// The number of entries that were lost since the start. An entry of the audit reports it.
    pub lost: u64,
}

/// The writer of the audit.
#[derive(Clone, Debug)]
pub struct Auditor {
    shared: Arc<AuditShared>,
    division: LaneDivision,
    runtime: Handle,
    /// The time limit for an entry that must be durable.
    timeout: Duration,
}

impl Auditor {
    /// Creates an auditor, whose writers run on the current runtime. `timeout` limits the time for an entry that must
    /// be durable.
    pub(crate) fn start(store: Store, timeout: Duration) -> Self {
        let division = match store.backend() {
            Backend::Sqlite => LaneDivision::Together,
            Backend::Postgres => LaneDivision::ByTenant,
        };
        let shared = Arc::new(AuditShared {
            settler: UnfinishedSettler::new(store.in_background()),
            store,
            lanes: Lanes::default(),
            losses: Losses::default(),
            lost: Count::new(),
            trouble: Trouble::default(),
        });
        Self { shared, division, runtime: Handle::current(), timeout }
    }

    /// Returns whether the audit can be written.
    pub fn health(&self) -> AuditHealth {
        let is_late = self.shared.lanes.slowest_write() > LATE;
        match (self.shared.trouble.health(), self.division) {
            (AuditHealth::Ok, LaneDivision::Together) if is_late => AuditHealth::Failing,
            (AuditHealth::Ok, LaneDivision::ByTenant) if is_late => AuditHealth::Late,
            (health, _) => health,
        }
    }

    /// Returns the load of the audit.
    pub fn load(&self) -> AuditLoad {
        let (queued, oldest) = self.shared.lanes.unwritten_entries();
        AuditLoad { queued, oldest, lost: self.shared.lost.get() }
    }

    /// Fails if the entries of a tenant could not be written for longer than `grace`. If too many entries are pending,
    /// waits a moment, so that callers who are faster than the disk are slowed down, and then fails too.
    ///
    /// # Errors
    ///
    /// Unready.
    #[boxed]
    pub async fn check(&self, tenant: &TenantId, grace: Duration) -> Result<(), Failure> {
        let is_long = self.shared.trouble.lasts_for(tenant).is_some_and(|lasts| lasts > grace);
        if !is_long && self.lane(tenant).has_place(PLACE).await {
            return Ok(());
        }
        Err(Failure::unready("The audit log cannot be written, so no calls are allowed.")
            .hint("Retry in a moment. If the problem persists, tell the operator.")
            .retry_after(RETRY))
    }

    /// Adds an entry that need not be durable at once. If too many are pending, waits a moment; if there is still no
    /// room, the entry is only counted.
    #[boxed]
    pub async fn note(&self, entry: AuditEntry) {
        let lane = self.lane(&entry.tenant);
        if let Some(item) = lane.send((Some(entry), None), PLACE).await {
            self.resend(item);
        }
        lane.hurry_if_scarce();
    }

    /// Adds an entry without waiting; if there is no room, it is only counted.
    pub fn note_now(&self, entry: AuditEntry) {
        let lane = self.lane(&entry.tenant);
        if let Some(item) = lane.send_now((Some(entry), None)) {
            self.resend(item);
        }
        lane.hurry_if_scarce();
    }

    /// Adds the entry that precedes a change, and returns when it is durable. If that fails, another entry records that
    /// the change was refused.
    ///
    /// # Errors
    ///
    /// Unready if it was not written in time; the change must not begin.
    #[boxed]
    pub async fn begin(&self, draft: &Draft) -> Result<(), Failure> {
        let started = draft.clone().outcome(AuditEntry::STARTED);
        let at = started.at;
        match self.write_durably(started).await {
            WriteOutcome::Yes => Ok(()),
            // The writer keeps another entry in its place.
            WriteOutcome::No => Err(unwritable_audit()),
            WriteOutcome::Late => {
                // The writer may keep the same entry in its place: with one id and one time, they count once.
                self.note_now(AuditEntry { at, ..draft.clone().outcome(Kind::Unready.code()) });
                Err(unwritable_audit())
            }
        }
    }

    /// Adds the entries that precede a change of several tenants, one in the audit of each, and returns when all are
    /// durable. If that fails, other entries record in all audits that the change was refused.
    ///
    /// # Errors
    ///
    /// Unready if one was not written in time; the change must not begin.
    #[boxed]
    pub async fn begin_all(&self, drafts: &[Draft]) -> Result<(), Failure> {
        for (place, draft) in drafts.iter().enumerate() {
            if let Err(failure) = self.begin(draft).await {
                for earlier in drafts.iter().take(place) {
                    self.note_now(earlier.clone().outcome(failure.outcome()));
                }
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Adds an entry and returns when it is durable.
    ///
    /// # Errors
    ///
    /// Unready if it was not written in time.
    #[boxed]
    pub async fn record(&self, entry: AuditEntry) -> Result<(), Failure> {
        match self.write_durably(entry).await {
            WriteOutcome::Yes => Ok(()),
            WriteOutcome::No | WriteOutcome::Late => Err(unwritable_audit()),
        }
    }

    /// Adds the entries of keys that ended with a key, a workspace or the rights of a person, whose id is `with`, and
    /// returns when they are durable. Those that are missing when the server ends are added by the next one.
    ///
    /// # Errors
    ///
    /// Unready if not all of them were written in time.
    #[boxed]
    pub async fn record_revocations(
        &self,
        author: &Author,
        ended: &[RevokedKey],
        with: &str,
    ) -> Result<(), Failure> {
        let entries = ended.iter().map(|key| author.revocation_entry(key, with));
        let written = join_all(entries.map(|entry| self.record(entry))).await;
        if written.iter().any(Result::is_err) {
            return Err(unaudited_revocation());
        }
        let store = &self.shared.store;
        if let Err(error) = store.note_recorded_revocations(&author.tenant, ended).await {
            tracing::warn!(
                %error, tenant = %author.tenant,
                "could not note that the audit has the entries of revoked keys, so they will be compared again"
            );
        }
        Ok(())
    }

    /// Waits until all earlier entries are written, at most 10 seconds.
    #[boxed]
    pub async fn flush(&self) {
        let lanes = self.shared.lanes.all();
        let flushed = join_all(lanes.into_iter().map(flush));
        let all = tokio::time::timeout(FLUSH, flushed).await;
        if !all.is_ok_and(|written| written.into_iter().all(|written| written)) {
            tracing::error!("the last audit entries were not written");
        }
    }

    async fn write_durably(&self, entry: AuditEntry) -> WriteOutcome {
        let lane = self.lane(&entry.tenant);
        let (done, durable) = oneshot::channel();
        if let Some(item) = lane.send_now((Some(entry), Some(done))) {
            self.resend(item);
        }
        lane.hurry.notify_one();
        match tokio::time::timeout(self.timeout, durable).await {
            Ok(Ok(true)) => WriteOutcome::Yes,
            Ok(_) => WriteOutcome::No,
            Err(_) => WriteOutcome::Late,
        }
    }

    /// Adds an item once more, in case its lane has just lost its writer. An entry that finds no room is counted as
    /// lost.
    fn resend(&self, (entry, done): LaneItem) {
        let Some(entry) = entry else { return };
        let lane = self.lane(&entry.tenant);
        if let Some((Some(entry), _)) = lane.send_now((Some(entry), done)) {
            self.shared.lose(&entry);
        }
        lane.hurry.notify_one();
    }

    /// Returns the lane of a tenant.
    fn lane(&self, tenant: &TenantId) -> Arc<Lane> {
        let name = self.division.name(tenant);
        self.shared.lanes.get_or_start(name, |lane, waiting| {
            let of = (self.division == LaneDivision::ByTenant).then(|| tenant.clone());
            let writer = Writer::new(Arc::clone(&self.shared), name.to_owned(), of, lane);
            self.runtime.spawn(writer.write_all(waiting));
        })
    }
}

/// The outcome of writing an entry.
enum WriteOutcome {
    Yes,
    /// It could not be written.
    No,
    /// It was not written in time, but may be written later.
    Late,
}

/// Waits until all earlier entries of a lane are written.
async fn flush(lane: Arc<Lane>) -> bool {
    let (done, durable) = oneshot::channel();
    lane.hurry.notify_one();
    let unsent = lane.send((None, Some(done)), FLUSH).await;
    lane.hurry.notify_one();
    // A lane whose writer has just stopped is written.
    unsent.is_some() && !lane.is_full() || durable.await.unwrap_or(false)
}

fn unaudited_revocation() -> Failure {
    Failure::unready(
        "The call also revoked keys that depend on what it revoked, but the audit does not list \
         all of them.",
    )
    .hint("List the keys to see which are still valid.")
    .in_doubt()
}

fn unwritable_audit() -> Failure {
    Failure::unready("The audit log cannot be written, so no changes are allowed.")
        .hint("Retry in a moment. If the problem persists, tell the operator.")
        .retry_after(RETRY)
}
