//! Hosts that are being given away: of all calls, on this server and others, one at a time looks
//! whether a host is free and writes it.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};
use tokio::time::sleep;

use super::{Claim, Held, Journal, after, left, left_open, take_over};
use crate::context::Workspace;

/// What a host is called in the journal.
const KIND: &str = "host";

/// How long a call waits for one that has a host in hand; a look and a write take less.
const PATIENCE: Duration = Duration::from_secs(5);

/// How soon it looks again.
const PAUSE: Duration = Duration::from_millis(25);

/// Does something while no other call of the workspace gives one of these hosts away: what it finds
/// free is free when it writes.
pub(crate) fn holding<T>(
    cx: &Workspace,
    hosts: &[String],
    act: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, Failure>> {
    // It looks at everything, and is large.
    let act = Box::pin(act);
    async move {
        if hosts.is_empty() {
            return act.await;
        }
        let journal = cx.journal();
        let claims = journal.hold_hosts(hosts, cx.deadline()).await?;
        let done = act.await;
        let is_late = done.as_ref().is_err_and(|it| it.is_in_doubt() && it.kind == Kind::Timeout);
        left_open(journal.let_go(&claims, is_late).await);
        done
    }
}

impl Journal<'_> {
    async fn hold_hosts(&self, hosts: &[String], deadline: Instant) -> Result<Vec<Claim>, Failure> {
        let mut hosts = hosts.to_vec();
        // In one order, so that no two calls wait for each other.
        hosts.sort_unstable();
        hosts.dedup();
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.try_hold(&hosts, deadline).await? {
                Ok(claims) => return Ok(claims),
                Err(_) if Instant::now() < patience.min(deadline) => sleep(PAUSE).await,
                Err(held) => return Err(busy(&held)),
            }
        }
    }

    /// All of them, or the one that another call has.
    async fn try_hold(
        &self,
        hosts: &[String],
        deadline: Instant,
    ) -> Result<Result<Vec<Claim>, Held>, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let lease = after(deadline.saturating_duration_since(Instant::now()) + self.late);
        let mut claims = Vec::with_capacity(hosts.len());
        for host in hosts {
            let entry = tx.creation_by_name(&self.principal.workspace, KIND, host).await?;
            let claim = match entry {
                Some(entry) => take_over(&mut tx, entry, lease, "").await?,
                None => self.begin(&mut tx, KIND, host, "", lease).await?,
            };
            match claim {
                Ok(claim) => claims.push(claim),
                Err(held) => return Ok(Err(held)),
            }
        }
        tx.commit().await?;
        Ok(Ok(claims))
    }

    /// Ends the entries; or leaves them a while longer, where an upstream may still be writing.
    async fn let_go(&self, claims: &[Claim], is_late: bool) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        for claim in claims {
            if is_late {
                tx.claim_creation(&claim.id, claim.lease_until, after(self.late), "").await?;
            } else {
                tx.delete_creation(&claim.id).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

fn busy(Held(_, host, until): &Held) -> Failure {
    Failure::conflict(format!("Another call is giving the domain {host} away right now."))
        .hint("Wait for it, then look with apps.list who has it.")
        .retry_after(left(*until))
}
