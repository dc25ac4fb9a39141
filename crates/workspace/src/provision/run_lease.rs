//! The right to provision a workspace: a lease in the database, which expires when its owner dies.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, TenantId, Timestamp, WorkspaceId};
use covibe_store::{NewRun, OpenTransactions, ProvisionRun, Tx, WorkspaceRecord};
use parking_lot::Mutex;

use super::requested_replacements::{REMOVAL, Wants};
use crate::clock::time_after;
use crate::platform::Platform;
use crate::workspace_failures::removed_workspace;

/// The interval at which a waiting call polls a run.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The owner of the lease of a workspace.
pub(super) enum LeaseOwner {
    /// The caller, who must end this run.
    Caller(ProvisionRun),
    /// A run in progress.
    Other(ProvisionRun),
}

/// The reason why work under a lease did not finish.
#[derive(Debug)]
pub(super) enum Interruption {
    /// Another server has taken the lease over and reports how the run ends.
    Overtaken,
    /// The work itself failed.
    Failed(Failure),
}

impl From<Failure> for Interruption {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<covibe_store::Error> for Interruption {
    fn from(error: covibe_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Interruption> for Failure {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::Failed(failure) => failure,
            Interruption::Overtaken => Self::conflict("Another server has taken over this run.")
                .hint(
                    "Call workspace.provision again: it waits for that run and returns its result.",
                ),
        }
    }
}

/// Acquires the lease of a workspace, unless a run owns it; without `wants`, to remove the
/// workspace. The wants of a run that died or failed carry over to the new one.
pub(super) async fn acquire(
    platform: &Platform,
    record: &WorkspaceRecord,
    wants: Option<&Wants>,
) -> Result<LeaseOwner, Failure> {
    loop {
        let mut tx = platform.store.tenant(&record.tenant).await?;
        let latest = tx.provision_run(&record.id).await?;
        if let Some(run) = latest.clone().filter(ProvisionRun::is_in_progress) {
            tx.commit().await?;
            return Ok(LeaseOwner::Other(run));
        }
        if tx.workspace(&record.id).await?.is_none() {
            tx.commit().await?;
            return Err(removed_workspace(&record.slug));
        }
        let left = latest.as_ref().map_or_else(Wants::default, Wants::left_by);
        let wanted = wants.map(|wants| wants.clone().merged_with(left).to_text());
        let run = new_run(&record.id, wanted.unwrap_or_else(|| REMOVAL.to_owned()));
        let started = tx.begin_provision_run(&run, platform.settings().lease).await?;
        tx.commit().await?;
        if let Some(run) = started {
            return Ok(LeaseOwner::Caller(run));
        }
    }
}

/// Returns a run that is about to begin, with these wants as the journal stores them.
pub(super) fn new_run(of: &WorkspaceId, wants: String) -> NewRun {
    NewRun {
        id: format!("run_{}", hex::encode(covibe_crypto::random::<12>())),
        workspace: of.clone(),
        wants,
        started_at: Timestamp::now(),
    }
}

/// The right to work on a workspace for as long as it is renewed.
pub(super) struct Lease<'a> {
    pub(super) platform: &'a Platform,
    pub(super) run: &'a ProvisionRun,
    tenant: &'a TenantId,
    /// The time until which the lease is known to be owned.
    until: Mutex<OwnedUntil>,
}

/// The time until which a lease is known to be owned, by two clocks of this process: the one may be set back, and the
/// other may stand still while the machine is suspended. The database uses its own clock.
#[derive(Clone, Copy)]
struct OwnedUntil {
    wall: Timestamp,
    monotonic: Instant,
}

impl OwnedUntil {
    /// Returns the time for a lease that is acquired after this call.
    fn from_now(lease: Duration) -> Self {
        Self { wall: time_after(Timestamp::now(), lease), monotonic: Instant::now() + lease }
    }

    fn is_valid(self) -> bool {
        self.wall > Timestamp::now() && self.monotonic > Instant::now()
    }
}

impl<'a> Lease<'a> {
    /// Returns the lease of a run.
    pub(super) fn for_run(
        platform: &'a Platform,
        tenant: &'a TenantId,
        run: &'a ProvisionRun,
    ) -> Self {
        // From when the run began, which was before its lease was taken.
        let (lease, age) = (platform.settings().lease, run.started_at.age());
        let until = Mutex::new(OwnedUntil::from_now(lease.saturating_sub(age)));
        Self { platform, run, tenant, until }
    }

    /// Starts a transaction in which the lease is owned, and renews it. Returns also the time, by the clock of the
    /// database.
    pub(super) async fn transaction(&self) -> Result<(Tx, Timestamp), Interruption> {
        let mut tx = self.platform.store.tenant(self.tenant).await?;
        let lease = self.platform.settings().lease;
        let renewed = tx.renew_provision_run(&self.run.workspace, &self.run.id, lease).await?;
        if let Some(now) = renewed {
            return Ok((tx, now));
        }
        tx.commit().await?;
        Err(Interruption::Overtaken)
    }

    /// Runs work under the lease, which is renewed meanwhile. Stops the work as soon as the lease is lost.
    pub(super) async fn run_during<T>(
        &self,
        work: impl Future<Output = Result<T, Interruption>>,
    ) -> Result<T, Interruption> {
        tokio::select! {
            // A lost lease must be noticed before the work continues.
            biased;
            () = self.keep() => Err(Interruption::Overtaken),
            ended = work => ended,
        }
    }

    /// Runs requests to upstreams, within [`Lease::run_during`]. A server that was suspended for longer
    /// than its lease sends nothing more until it knows whether another one took over.
    ///
    /// A transaction of theirs goes on until it ends: renewing the lease may wait for its connection.
    pub(super) async fn guarded<T>(&self, requests: impl Future<Output = T>) -> T {
        let open = OpenTransactions::default();
        // Boxed because every layer would move the large future.
        let mut requests = Box::pin(open.count_in(requests));
        poll_fn(|cx| {
            if open.any() || self.until.lock().is_valid() {
                return requests.as_mut().poll(cx);
            }
            // The next renewal wakes this too: both belong to one task.
            Poll::Pending
        })
        .await
    }

    /// Renews the lease until it is lost.
    async fn keep(&self) {
        loop {
            tokio::time::sleep(self.platform.settings().lease / 3).await;
            let next = OwnedUntil::from_now(self.platform.settings().lease);
            match self.renew().await {
                Ok(()) => *self.until.lock() = next,
                Err(Interruption::Overtaken) => return,
                // The lease survives some failures; once it does not, a write reports it.
                Err(Interruption::Failed(error)) => {
                    tracing::warn!(%error, "a provisioning lease was not renewed");
                }
            }
        }
    }

    async fn renew(&self) -> Result<(), Interruption> {
        let (tx, _) = self.transaction().await?;
        Ok(tx.commit().await?)
    }
}
