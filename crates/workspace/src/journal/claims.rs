//! Claims: of all calls, on this server and others, only one at a time checks whether a host is
//! free and assigns it, or reads a branch and commits to it.

use std::time::{Duration, Instant};

use covibe_domain::Failure;
use tokio::time::sleep;

use super::{ForeignEntry, Journal, OwnEntry, take_over};

/// The kinds of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimKind {
    /// Host names.
    Hosts,
    /// Branches of repositories, as `repository:branch`.
    Branches,
}

impl ClaimKind {
    /// Returns the kind of its entries in the journal.
    const fn kind(self) -> &'static str {
        match self {
            Self::Hosts => "host",
            Self::Branches => "branch",
        }
    }

    fn claim_conflict(self, ForeignEntry { name, left, .. }: ForeignEntry) -> Failure {
        let failure = match self {
            Self::Hosts => {
                Failure::conflict(format!("Another call is assigning the domain {name}."))
                    .hint("Wait for it to finish, then check with apps.list which app has it.")
            }
            Self::Branches => {
                let (repo, branch) = name.split_once(':').unwrap_or((&name, ""));
                let message = format!("Another call is committing to {branch} of {repo}.");
                Failure::conflict(message).hint(
                    "Nothing was committed. Wait for it to finish, check what it changed, then \
                     repeat the call.",
                )
            }
        };
        failure.retry_after(left)
    }
}

/// The time that a call waits for another one's claim. Checking and assigning take less.
const PATIENCE: Duration = Duration::from_secs(5);

/// The interval between attempts.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

impl Journal<'_> {
    /// Claims names, after waiting for other calls' claims to end.
    ///
    /// # Errors
    ///
    /// Conflict if another call keeps its claim for five seconds or until the deadline.
    pub(crate) async fn claim(
        &self,
        claimed: ClaimKind,
        names: &[String],
        deadline: Instant,
    ) -> Result<Vec<OwnEntry>, Failure> {
        let mut names = names.to_vec();
        // In a fixed order, so that no two calls wait for each other.
        names.sort_unstable();
        names.dedup();
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.try_claim(claimed.kind(), &names, deadline).await? {
                Ok(claims) => return Ok(claims),
                Err(_) if Instant::now() < patience.min(deadline) => sleep(POLL_INTERVAL).await,
                Err(other) => return Err(claimed.claim_conflict(other)),
            }
        }
    }

    /// Claims all the names, or returns one that another call has claimed.
    async fn try_claim(
        &self,
        kind: &str,
        names: &[String],
        deadline: Instant,
    ) -> Result<Result<Vec<OwnEntry>, ForeignEntry>, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let lease = self.lease(deadline);
        let mut claims = Vec::with_capacity(names.len());
        for name in names {
            let entry = tx.creation_by_name(&self.principal.workspace, kind, name).await?;
            let claim = match entry {
                Some(entry) => take_over(&mut tx, entry, lease, "").await?,
                None => self.insert(&mut tx, kind, name, "", lease).await?,
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
    pub(crate) async fn release_claims(
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
