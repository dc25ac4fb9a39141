//! Settling calls whose process ended before their outcome was written.

use std::time::Duration;

use covibe_domain::{TenantId, Timestamp};
use covibe_store::{AuditEntry, AuditRecord, Error, Store};

use crate::clock::before;

/// After how long a call without an outcome has none: longer than any call may take.
pub(super) const LONGEST: Duration = Duration::from_mins(15);

/// The outcome of a call whose process ended before the call did.
const UNKNOWN: &str = "unknown";

/// Writes an entry for each call of a tenant that began long ago and has no outcome: nobody knows how far it
/// came. Instances that do this at the same time write the same entries, once.
pub(super) async fn settle(store: &Store, tenant: &TenantId) -> Result<(), Error> {
    let unfinished = store.unfinished_audit(tenant, before(LONGEST)).await?;
    let entries: Vec<_> = unfinished.into_iter().filter_map(|it| unknown(tenant, it)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    store.append_audit(&entries).await?;
    tracing::warn!(%tenant, calls = entries.len(), "the outcomes of calls are unknown: their process ended");
    Ok(())
}

fn unknown(tenant: &TenantId, started: AuditRecord) -> Option<AuditEntry> {
    let call = started.id.strip_suffix(AuditEntry::STARTED)?;
    Some(AuditEntry {
        id: format!("{call}{UNKNOWN}"),
        tenant: tenant.clone(),
        workspace: started.workspace,
        actor: started.actor,
        access: started.access,
        call: started.call,
        tool: started.tool,
        surface: "server",
        outcome: UNKNOWN.to_owned(),
        resource: started.resource,
        params_digest: started.params_digest,
        at: Timestamp::now(),
        duration_ms: 0,
        repeats: None,
        detail: None,
    })
}
