//! `covibe-server audit list`: the calls of a tenant.

use anyhow::bail;
use covibe_domain::{Actor, TenantId, Timestamp};
use covibe_installation::tenants;
use covibe_store::{AuditFilter, AuditRecord};
use serde_json::{Value, json};

use crate::commands::configured;
use crate::print;

/// The filter of the listed entries, and their format.
pub(super) struct Options {
    /// The tenant; `None` for the only one.
    pub(super) tenant: Option<TenantId>,
    pub(super) since: Option<Timestamp>,
    pub(super) key: Option<Actor>,
    pub(super) tool: Option<String>,
    /// The maximum number of entries.
    pub(super) limit: u32,
    /// True to print one JSON object for each entry.
    pub(super) json: bool,
}

/// Prints the latest entries of a tenant, the oldest of them first.
pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let Options { tenant, since, key, tool, limit, json } = options;
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let tenant = one_of(&tenants::all_tenants(&config, &store).await?, tenant)?;
    let filter = AuditFilter { since, actor: key, tool, ..AuditFilter::default() };
    let mut tx = store.tenant_read(&tenant).await?;
    let entries = tx.audit_entries(&filter, limit.into()).await?;
    tx.commit().await?;
    if entries.is_empty() && !json {
        print::line("There are no such entries.");
    }
    for entry in entries.iter().rev() {
        print::line(&if json { object(entry).to_string() } else { line(entry) });
    }
    Ok(())
}

/// Returns the requested tenant, or the only one.
fn one_of(all: &[TenantId], asked: Option<TenantId>) -> anyhow::Result<TenantId> {
    let names = || all.iter().map(TenantId::as_str).collect::<Vec<_>>().join(", ");
    match (asked, all) {
        (Some(tenant), _) if all.contains(&tenant) => Ok(tenant),
        (Some(tenant), _) => bail!("there is no tenant {tenant}; there are: {}", names()),
        (None, [only]) => Ok(only.clone()),
        (None, []) => bail!("there are no tenants yet"),
        (None, _) => bail!("name the tenant with --tenant: {}", names()),
    }
}

/// Returns an entry as a line: time, outcome, tool, surface, actor, workspace, duration, call, and its detail.
fn line(entry: &AuditRecord) -> String {
    let AuditRecord { at, outcome, tool, surface, duration_ms, call, .. } = entry;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let actor = or_none(entry.actor.as_ref().map(ToString::to_string));
    let workspace = or_none(entry.workspace.as_ref().map(ToString::to_string));
    let on = entry.resource.as_ref().map(|resource| format!(" on {resource}")).unwrap_or_default();
    let calls = entry.repeats.map(|it| format!(", {} calls since {}", it.count, it.since));
    let calls = calls.unwrap_or_default();
    let detail = entry.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!(
        "{at} {outcome} {tool} {surface} {actor} {workspace} {duration_ms} ms {call}{on}{calls}{detail}"
    )
}

/// Returns an entry as an object. Members without a value are absent.
fn object(entry: &AuditRecord) -> Value {
    let mut object = json!({
        "id": entry.id,
        "at": entry.at.to_string(),
        "call": entry.call,
        "tool": entry.tool,
        "surface": entry.surface,
        "outcome": entry.outcome,
        "actor": entry.actor.as_ref().map(ToString::to_string),
        "access": entry.access.map(|access| access.to_string()),
        "workspace": entry.workspace.as_ref().map(ToString::to_string),
        "resource": entry.resource,
        "paramsDigest": entry.params_digest,
        "detail": entry.detail.as_deref().and_then(|it| serde_json::from_str::<Value>(it).ok()),
        "durationMs": entry.duration_ms,
        "calls": entry.repeats.map(|repeats| repeats.count),
        "since": entry.repeats.map(|repeats| repeats.since.to_string()),
    });
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_must_be_named_if_there_are_several() {
        let [acme, other] = ["ten_acme", "ten_other"].map(|id| id.parse::<TenantId>().unwrap());
        let (both, only) = ([acme.clone(), other.clone()], [acme.clone()]);
        assert_eq!(one_of(&only, None).unwrap(), acme);
        assert_eq!(one_of(&both, Some(other.clone())).unwrap(), other);
        assert!(one_of(&both, None).is_err());
        assert!(one_of(&only, Some(other)).is_err());
        assert!(one_of(&[], None).is_err());
    }
}
