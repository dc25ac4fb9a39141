//! Removing audit entries, which are exported first, and revoked keys that are older than the operator keeps them.

use covibe_domain::{TenantId, Timestamp};
use covibe_store::{Error, Store};

use crate::clock::time_before_now;
use crate::settings::Retention;

/// Removes the old records of all tenants. What cannot be removed of one tenant stays, and the log says why.
///
/// Instances may do this at the same time.
pub(crate) async fn remove_old_records(store: &Store, retention: &Retention) -> Result<(), Error> {
    if let Err(error) = store.remove_old_activity().await {
        tracing::warn!(%error, "old activity was not removed");
    }
    if let Err(error) = store.remove_old_detached_commands().await {
        tracing::warn!(%error, "the records of old commands were not removed");
    }
    let keys = time_before_now(retention.revoked_keys);
    let audit = retention.audit.map(time_before_now);
    // No entry is older than that.
    let never = Timestamp::from_millis(i64::MIN);
    let tenants = store.tenants_with_old_records(audit.unwrap_or(never), keys).await?;
    for tenant in &tenants {
        if let Err(error) = remove(store, retention, tenant, keys, audit).await {
            tracing::warn!(%error, %tenant, "old records were not removed");
        }
    }
    let Some(audit) = audit else { return Ok(()) };
    // A month leaves as a whole once it is cut from all chains.
    match store.clear_cut_audit(&tenants, audit).await? {
        0 => {}
        months => tracing::info!(
            months,
            "months of audit entries that reached the end of their retention were removed"
        ),
    }
    Ok(())
}

async fn remove(
    store: &Store,
    retention: &Retention,
    tenant: &TenantId,
    keys: Timestamp,
    audit: Option<Timestamp>,
) -> Result<(), Error> {
    let mut tx = store.tenant(tenant).await?;
    let keys = tx.delete_revoked_keys(keys).await?;
    tx.commit().await?;
    let audit = match audit {
        Some(age) => store.cut_audit(tenant, age, retention.export.as_ref()).await?,
        None => None,
    };
    if keys > 0 || audit.is_some() {
        tracing::info!(%tenant, keys, audit, "old records were removed");
    }
    Ok(())
}
