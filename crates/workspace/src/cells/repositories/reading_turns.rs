//! The turns of tenants to read and judge commits, and the memory of those whose commits are large.

use covibe_domain::{KeyedSemaphore, KeyedTurn, SharedPermit, SharedPermits, TenantId};

/// The bytes up to which a commit takes no permit: the paths of some ten thousand files, and the few small files that
/// matter to a verdict.
const SMALL: usize = 2 << 20;

/// The maximum number of larger commits in memory at the same time. Such a commit takes up to about 50 MiB.
const LARGE_COMMITS: usize = 4;

/// The turns of all tenants with a cell's Gitea.
///
/// Each tenant has one commit read at a time. A tenant that waits for Gitea keeps no other one waiting, because Gitea may
/// be slow for its repositories alone. Only the number of commits that take much memory is limited for all tenants
/// together.
#[derive(Debug)]
pub(crate) struct ReadingTurns {
    tenants: KeyedSemaphore<TenantId>,
    large: SharedPermits<TenantId>,
}

/// The turn of a tenant to read and judge a commit, until it is dropped.
#[derive(Debug)]
pub(crate) struct ReadingTurn<'a> {
    large: &'a SharedPermits<TenantId>,
    tenant: &'a TenantId,
    permit: Option<SharedPermit<TenantId>>,
    _turn: KeyedTurn,
}

impl Default for ReadingTurns {
    fn default() -> Self {
        Self {
            tenants: KeyedSemaphore::default(),
            large: SharedPermits::with_one_per_key(LARGE_COMMITS),
        }
    }
}

impl ReadingTurns {
    /// Waits until no other commit of the tenant is being read.
    pub(crate) async fn begin<'a>(&'a self, tenant: &'a TenantId) -> ReadingTurn<'a> {
        let turn = self.tenants.acquire(tenant).await;
        ReadingTurn { large: &self.large, tenant, permit: None, _turn: turn }
    }
}

impl ReadingTurn<'_> {
    /// Waits until the commit may take this many bytes of memory.
    pub(crate) async fn reserve(&mut self, bytes: usize) {
        if bytes > SMALL {
            self.reserve_large().await;
        }
    }

    /// Waits until the commit may take as much memory as any commit.
    pub(crate) async fn reserve_large(&mut self) {
        if self.permit.is_none() {
            self.permit = Some(self.large.acquire(Some(self.tenant)).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn tenants(count: usize) -> Vec<TenantId> {
        (0..count).map(|number| format!("ten_{number:04}").parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn tenants_read_small_commits_at_the_same_time_and_each_only_one() {
        let (turns, tenants) = (ReadingTurns::default(), tenants(20));
        let mut held = Vec::new();
        for tenant in &tenants {
            let mut turn = turns.begin(tenant).now_or_never().expect("no wait for other tenants");
            turn.reserve(SMALL).now_or_never().expect("a small commit takes no permit");
            held.push(turn);
        }
        let mut next = Box::pin(turns.begin(&tenants[0]));
        assert!((&mut next).now_or_never().is_none(), "another commit of the tenant is being read");
        drop(held);
        assert!(next.now_or_never().is_some());
    }

    #[tokio::test]
    async fn large_commits_wait_for_each_other_and_keep_no_small_ones_waiting() {
        let (turns, tenants) = (ReadingTurns::default(), tenants(LARGE_COMMITS + 2));
        let mut large = Vec::new();
        for tenant in &tenants[..LARGE_COMMITS] {
            let mut turn = turns.begin(tenant).await;
            for bytes in [SMALL + 1, 2 * SMALL] {
                turn.reserve(bytes).now_or_never().expect("a commit takes one permit");
            }
            large.push(turn);
        }
        let mut next = turns.begin(&tenants[LARGE_COMMITS]).await;
        let mut waiting = Box::pin(next.reserve(SMALL + 1));
        assert!((&mut waiting).now_or_never().is_none());
        let mut small = turns.begin(&tenants[LARGE_COMMITS + 1]).await;
        assert!(small.reserve(SMALL).now_or_never().is_some());
        large.pop();
        assert!(waiting.now_or_never().is_some());
    }
}
