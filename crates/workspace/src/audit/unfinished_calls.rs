//! Settling calls whose process ended before their outcome was written.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::{TenantId, Timestamp, UNKNOWN_OUTCOME};
use covibe_store::{AuditEntry, AuditRecord, Error, Store};
use parking_lot::Mutex;

use crate::clock::time_before_now;

/// The interval at which the calls of a tenant are searched for unfinished ones.
const INTERVAL: Duration = Duration::from_hours(24);

/// The delay of the first search, because a server that has just started has its first calls to answer.
const AT_FIRST: Duration = Duration::from_millis(500);

/// The age from which a call without an outcome counts as unfinished: longer than any call may take.
const LONGEST: Duration = Duration::from_mins(15);

/// Settles calls of the tenants that are active: only the owner of the tables may list the tenants.
#[derive(Debug)]
pub(super) struct UnfinishedSettler {
    store: Store,
    looked: Mutex<HashMap<TenantId, Instant>>,
}

impl UnfinishedSettler {
    pub(super) fn new(store: Store) -> Self {
        Self { store, looked: Mutex::default() }
    }

    /// Settles the unfinished calls of these tenants in the background, unless that was done in the last day.
    pub(super) fn settle_unfinished(&self, tenants: impl IntoIterator<Item = TenantId>) {
        let due = self.take_due(tenants);
        if due.is_empty() {
            return;
        }
        let store = self.store.clone();
        tokio::spawn(async move {
            tokio::time::sleep(AT_FIRST).await;
            settle_all(&store, &due).await;
            // Calls that a process left just before this one started.
            tokio::time::sleep(LONGEST).await;
            settle_all(&store, &due).await;
        });
    }

    /// Returns the tenants whose calls were not searched in the last day.
    fn take_due(&self, tenants: impl IntoIterator<Item = TenantId>) -> Vec<TenantId> {
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

async fn settle_all(store: &Store, tenants: &[TenantId]) {
    for tenant in tenants {
        if let Err(error) = settle(store, tenant).await {
            tracing::warn!(%error, %tenant, "could not record that the outcomes of calls are unknown");
        }
    }
}

/// Writes an entry with an unknown outcome for each call of a tenant that began long ago and has no outcome. Servers
/// that do this at the same time write the same entries, once.
async fn settle(store: &Store, tenant: &TenantId) -> Result<(), Error> {
    let unfinished = store.unfinished_audit(tenant, time_before_now(LONGEST)).await?;
    let entries: Vec<_> =
        unfinished.into_iter().filter_map(|it| unknown_outcome_entry(tenant, it)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    store.append_audit(&entries).await?;
    tracing::warn!(%tenant, calls = entries.len(), "the outcomes of calls are unknown, because their process ended");
    Ok(())
}

fn unknown_outcome_entry(tenant: &TenantId, started: AuditRecord) -> Option<AuditEntry> {
    let call = started.id.strip_suffix(AuditEntry::STARTED)?;
    Some(AuditEntry {
        id: format!("{call}{UNKNOWN_OUTCOME}"),
        tenant: tenant.clone(),
        workspace: started.workspace,
        actor: started.actor,
        access: started.access,
        call: started.call,
        tool: started.tool,
        surface: "server",
        outcome: UNKNOWN_OUTCOME.to_owned(),
        resource: started.resource,
        params_digest: started.params_digest,
        at: Timestamp::now(),
        duration_ms: 0,
        repeats: None,
        detail: None,
    })
}
