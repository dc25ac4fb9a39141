//! What the calls of a tenant do one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The turns of the tenants of one cell.
#[derive(Debug, Default)]
pub(crate) struct Turns(parking_lot::Mutex<HashMap<TenantId, Arc<Mutex<()>>>>);

impl Turns {
    /// Waits until no other call of this process has the tenant's turn. It ends when it is dropped.
    pub(crate) async fn take(&self, tenant: &TenantId) -> OwnedMutexGuard<()> {
        self.of(tenant).lock_owned().await
    }

    fn of(&self, tenant: &TenantId) -> Arc<Mutex<()>> {
        let mut turns = self.0.lock();
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(tenant.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_one_call_of_a_tenant_the_turn() {
        let turns = Turns::default();
        let [one, other] = ["ten_abcd", "ten_abce"].map(|id| id.parse().unwrap());
        let turn = turns.take(&one).await;
        assert!(turns.of(&one).try_lock().is_err());
        assert!(turns.of(&other).try_lock().is_ok());
        drop(turn);
        assert!(turns.of(&one).try_lock().is_ok());
        assert_eq!(turns.0.lock().len(), 1, "those that nobody has are forgotten");
    }
}
