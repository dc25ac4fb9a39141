//! Turns: work that the calls of a tenant, or for an app, do one after the other.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use covibe_domain::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The turns to do one kind of work, by the tenant, workspace or resource that it is done for.
#[derive(Debug)]
pub(crate) struct Turns<K>(parking_lot::Mutex<HashMap<K, Arc<Mutex<()>>>>);

/// The turns of each tenant to do work that takes long of what all cells share: one call of a tenant does it at a time,
/// and the others wait.
#[derive(Debug, Default)]
pub(crate) struct TenantTurns {
    /// Searching the audit: without an index of what is searched for, it may read the whole chain.
    pub(crate) audit_searches: Turns<TenantId>,
    /// Verifying the audit's chain.
    pub(crate) audit_verifications: Turns<TenantId>,
    /// Storing the batch of a companion, which is compared with those of other worktrees.
    pub(crate) activity_batches: Turns<TenantId>,
    /// Searching domains, each of which is a call of the registrar, who answers few at once.
    pub(crate) domain_searches: Turns<TenantId>,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(parking_lot::Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Turns<K> {
    /// Waits until no other call of this process has this turn. The turn ends when it is dropped.
    pub(crate) async fn take(&self, of: &K) -> OwnedMutexGuard<()> {
        self.lock_for(of).lock_owned().await
    }

    fn lock_for(&self, of: &K) -> Arc<Mutex<()>> {
        let mut turns = self.0.lock();
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(of.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_one_call_of_a_tenant_has_the_turn() {
        let turns = Turns::<TenantId>::default();
        let [one, other] = ["ten_abcd", "ten_abce"].map(|id| id.parse().unwrap());
        let turn = turns.take(&one).await;
        assert!(turns.lock_for(&one).try_lock().is_err());
        assert!(turns.lock_for(&other).try_lock().is_ok());
        drop(turn);
        assert!(turns.lock_for(&one).try_lock().is_ok());
        assert_eq!(turns.0.lock().len(), 1, "those that nobody has are forgotten");
    }
}
