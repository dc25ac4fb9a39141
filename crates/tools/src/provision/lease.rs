//! Whose a workspace's provisioning is: a lease in the database, which ends with its holder.

use std::future::poll_fn;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use covibe_domain::{Failure, TenantId};
use covibe_store::{ProvisionRun, Tx, WorkspaceRecord};

use super::gone;
use super::wants::{REMOVAL, Wants};
use crate::context::Platform;
use crate::creation::after;
use crate::now;

/// Whose the workspace's run is now.
pub(super) enum Claim {
    /// The caller's, who must end it.
    Ours(ProvisionRun),
    /// One that is alive.
    Theirs(ProvisionRun),
}

/// Takes the workspace, unless a run has it that is alive; to remove it, where nothing is wanted of
/// it. What a run that was broken off, or failed, had been asked for is wanted of the new one as
/// well.
pub(super) async fn claim(
    platform: &Platform,
    record: &WorkspaceRecord,
    wants: Option<&Wants>,
) -> Result<Claim, Failure> {
    loop {
        let mut tx = platform.store.tenant(&record.tenant).await?;
        let latest = tx.provision_run(&record.id).await?;
        let is_alive = |run: &ProvisionRun| run.ended_at.is_none() && run.lease_until > now();
        if let Some(run) = latest.clone().filter(is_alive) {
            tx.commit().await?;
            return Ok(Claim::Theirs(run));
        }
        if tx.workspace(&record.id).await?.is_none() {
            tx.commit().await?;
            return Err(gone(record));
        }
        let unfinished = latest.filter(|run| run.ended_at.is_none() || run.outcome.is_some());
        let left = unfinished.map_or_else(Wants::default, |run| Wants::of_text(&run.wants));
        let wanted = wants.map(|wants| wants.clone().and(left).to_text());
        let run = ProvisionRun {
            id: format!("run_{}", hex::encode(covibe_crypto::random::<12>())),
            workspace: record.id.clone(),
            wants: wanted.unwrap_or_else(|| REMOVAL.to_owned()),
            lease_until: after(platform.settings.lease),
            started_at: now(),
            ended_at: None,
            outcome: None,
        };
        let begun = tx.begin_provision_run(&run, now()).await?;
        tx.commit().await?;
        if begun {
            return Ok(Claim::Ours(run));
        }
    }
}

/// The right to work on a workspace, as long as it is extended.
pub(super) struct Lease<'a> {
    pub(super) platform: &'a Platform,
    pub(super) run: &'a ProvisionRun,
    tenant: &'a TenantId,
    /// Until when it is known to be ours, in milliseconds since 1970.
    until: AtomicI64,
}

impl<'a> Lease<'a> {
    /// The lease of this run.
    pub(super) fn of(platform: &'a Platform, tenant: &'a TenantId, run: &'a ProvisionRun) -> Self {
        let until = AtomicI64::new(run.lease_until.as_millis());
        Self { platform, run, tenant, until }
    }

    /// A transaction in which the lease is ours, and extended.
    pub(super) async fn held(&self) -> Result<Tx, Failure> {
        let mut tx = self.platform.store.tenant(self.tenant).await?;
        let until = after(self.platform.settings.lease);
        if tx.renew_provision_run(&self.run.workspace, &self.run.id, until).await? {
            return Ok(tx);
        }
        tx.commit().await?;
        Err(overtaken())
    }

    /// Does something under the lease, which is extended meanwhile; not a moment longer than it is
    /// ours.
    pub(super) async fn during<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            // Whether it is lost is known before the work goes on.
            biased;
            lost = self.keep() => Err(lost),
            ended = work => ended,
        }
    }

    /// Asks the upstreams for something, within [`Lease::during`]. A server that stood still for
    /// longer than its lease asks nothing more before it knows whether it has been replaced.
    ///
    /// What is asked must hold nothing that extending the lease waits for: it stands still too.
    pub(super) async fn asking<T>(&self, upstreams: impl Future<Output = T>) -> T {
        // On the heap: every layer would move it around with its own future.
        let mut upstreams = Box::pin(upstreams);
        poll_fn(|cx| {
            if self.until.load(Ordering::Relaxed) > now().as_millis() {
                return upstreams.as_mut().poll(cx);
            }
            // The next extension wakes this up as well: both are of one task.
            Poll::Pending
        })
        .await
    }

    /// Extends the lease until it is lost.
    async fn keep(&self) -> Failure {
        loop {
            tokio::time::sleep(self.platform.settings.lease / 3).await;
            let next = after(self.platform.settings.lease);
            match self.extend().await {
                Ok(()) => self.until.store(next.as_millis(), Ordering::Relaxed),
                Err(failure) if failure == overtaken() => return failure,
                // The lease outlives some failures; once it does not, a write says so.
                Err(failure) => {
                    tracing::warn!(error = %failure, "a provisioning lease was not extended");
                }
            }
        }
    }

    async fn extend(&self) -> Result<(), Failure> {
        Ok(self.held().await?.commit().await?)
    }
}

/// The failure of a run that another one has replaced.
pub(super) fn overtaken() -> Failure {
    Failure::conflict("Another server has taken this run over.")
        .hint("Call provision again: it waits for that run and answers its result.")
}
