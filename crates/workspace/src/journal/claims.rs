//! Host claims: of all calls, on this server and others, one at a time checks whether a host is free
//! and assigns it.

use std::time::{Duration, Instant};

use covibe_domain::Failure;
use tokio::time::sleep;

use super::{ForeignEntry, Journal, OwnEntry, take_over};

/// The kind of a host's entry in the journal.
const KIND: &str = "host";

/// How long a call waits for another one's claim; checking and assigning a host take less.
const PATIENCE: Duration = Duration::from_secs(5);

/// The interval at which it tries again.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

impl Journal<'_> {
    /// Claims hosts, waiting for other calls' claims to end.
    ///
    /// # Errors
    ///
    /// Conflict if another call keeps its claim for five seconds or until the deadline.
    pub(crate) async fn claim_hosts(
        &self,
        hosts: &[String],
        deadline: Instant,
    ) -> Result<Vec<OwnEntry>, Failure> {
        let mut hosts = hosts.to_vec();
        // In a fixed order, so that no two calls wait for each other.
        hosts.sort_unstable();
        hosts.dedup();
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.try_claim(&hosts, deadline).await? {
                Ok(claims) => return Ok(claims),
                Err(_) if Instant::now() < patience.min(deadline) => sleep(POLL_INTERVAL).await,
                Err(claimed) => return Err(busy(claimed)),
            }
        }
    }

    /// Claims all of the hosts, or returns one that another call has claimed.
    async fn try_claim(
        &self,
        hosts: &[String],
        deadline: Instant,
    ) -> Result<Result<Vec<OwnEntry>, ForeignEntry>, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let lease = self.lease(deadline);
        let mut claims = Vec::with_capacity(hosts.len());
        for host in hosts {
            let entry = tx.creation_by_name(&self.principal.workspace, KIND, host).await?;
            let claim = match entry {
                Some(entry) => take_over(&mut tx, entry, lease, "").await?,
                None => self.insert(&mut tx, KIND, host, "", lease).await?,
            };
            match claim {
                Ok(claim) => claims.push(claim),
                Err(claimed) => return Ok(Err(claimed)),
            }
        }
        tx.commit().await?;
        Ok(Ok(claims))
    }

    /// Ends claims; `is_late` extends them instead, while an upstream may still be writing.
    pub(crate) async fn release_hosts(
        &self,
        claims: &[OwnEntry],
        is_late: bool,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        for claim in claims {
            if is_late {
                tx.claim_creation(&claim.id, claim.lease_until, self.late, "").await?;
            } else {
                tx.delete_creation(&claim.id).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

fn busy(ForeignEntry { name: host, left, .. }: ForeignEntry) -> Failure {
    Failure::conflict(format!("Another call is assigning the domain {host}."))
        .hint("Wait for it to finish, then look with apps.list which app has it.")
        .retry_after(left)
}
