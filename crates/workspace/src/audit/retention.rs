//! Removing audit entries, which are exported first, and revoked keys that are older than the operator keeps them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::TenantId;
use covibe_store::{Error, Store};
use parking_lot::Mutex;

use super::unfinished::{LONGEST, settle};
use crate::clock::before;
use crate::settings::Retention;

/// How often the records of a tenant are looked through.
const INTERVAL: Duration = Duration::from_hours(24);

/// Removes old records of the tenants that are active. Only the owner of the tables may list the tenants,
/// and the records of a tenant without calls do not grow.
#[derive(Debug)]
pub(super) struct Remover {
    store: Store,
    retention: Retention,
    looked: Mutex<HashMap<TenantId, Instant>>,
}

impl Remover {
    pub(super) fn new(store: Store, retention: Retention) -> Self {
        Self { store, retention, looked: Mutex::default() }
    }

    /// Looks through the records of these tenants in the background, unless that was done in the last day.
    pub(super) fn look(&self, tenants: impl IntoIterator<Item = TenantId>) {
        let due = self.due(tenants);
        if due.is_empty() {
            return;
        }
        let (store, retention) = (self.store.clone(), self.retention.clone());
        tokio::spawn(async move {
            for tenant in &due {
                if let Err(error) = remove(&store, &retention, tenant).await {
                    tracing::warn!(%error, %tenant, "old records were not removed");
                }
            }
            settle_all(&store, &due).await;
            // Calls that a process left just before this one started.
            tokio::time::sleep(LONGEST).await;
            settle_all(&store, &due).await;
        });
    }

    /// Returns those of the tenants whose records were not looked through in the last day.
    fn due(&self, tenants: impl IntoIterator<Item = TenantId>) -> Vec<TenantId> {
        let mut looked = self.looked.lock();
        let is_recent = |at: &Instant| at.elapsed() < INTERVAL;
        let due: Vec<_> = tenants
            .into_iter()
            .filter(|tenant| !looked.get(tenant).is_some_and(is_recent))
            .collect();
        looked.extend(due.iter().map(|tenant| (tenant.clone(), Instant::now())));
        due
    }
}

/// Settles the calls of tenants whose process ended before their outcome was written.
async fn settle_all(store: &Store, tenants: &[TenantId]) {
    for tenant in tenants {
        if let Err(error) = settle(store, tenant).await {
            tracing::warn!(%error, %tenant, "calls without an outcome were not settled");
        }
    }
}

/// Removes the old records of a tenant.
async fn remove(store: &Store, retention: &Retention, tenant: &TenantId) -> Result<(), Error> {
    let mut tx = store.tenant(tenant).await?;
    let keys = tx.delete_revoked_keys(before(retention.revoked_keys)).await?;
    tx.commit().await?;
    let audit = match retention.audit {
        Some(age) => store.cut_audit(tenant, before(age), retention.export.as_ref()).await?,
        None => None,
    };
    if keys > 0 || audit.is_some() {
        tracing::info!(%tenant, keys, audit, "old records were removed");
    }
    Ok(())
}
