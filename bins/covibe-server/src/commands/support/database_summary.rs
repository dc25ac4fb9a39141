//! The database in numbers: its schema and size, its tenants and workspaces by status, what is open, and the ends of the
//! audit's chains.

use std::collections::BTreeMap;
use std::fmt::Display;

use covibe_config::Config;
use covibe_installation::tenants;
use covibe_store::{DatabaseDescription, OperationalFigures, Store};
use serde_json::{Value, json};

/// The number of migrations that are named, the last ones.
const LAST: usize = 5;

/// Returns what the database says, with the reason where it does not.
pub(super) async fn database(config: &Config) -> Value {
    let store = match covibe_installation::unchanged_store(config).await {
        Ok(store) => store,
        Err(error) => return json!({ "unavailable": format!("{error:#}") }),
    };
    json!({
        "description": or_reason(store.describe().await.map(|it| description(&it))),
        "health": or_reason(store.health().await.map(|it| json!({ "schema": format!("{:?}", it.schema), "diskIsLow": it.is_low }))),
        "figures": or_reason(store.operational_figures().await.map(|it| figures(&it))),
        "secretsKeys": or_reason(store.secrets_keys().await.map(|keys| json!(keys.into_iter().map(|key| key.id).collect::<Vec<_>>()))),
        "auditHeads": or_reason(heads(config, &store).await),
    })
}

fn or_reason<E: Display>(answer: Result<Value, E>) -> Value {
    answer.unwrap_or_else(|error| json!({ "unavailable": format!("{error:#}") }))
}

fn description(of: &DatabaseDescription) -> Value {
    let last = of.schema.iter().rev().take(LAST).rev().collect::<Vec<_>>();
    json!({
        "engine": of.engine,
        "bytes": of.bytes,
        "migrations": of.schema.len(),
        "lastMigrations": last,
        "unknownMigrations": of.unknown_migrations,
        "clockAheadMillis": of.ahead,
        "hasTableOfThisMonthsAudit": of.has_audit_month,
    })
}

fn figures(of: &OperationalFigures) -> Value {
    let workspaces = of.workspaces.iter().map(|(status, count)| (status.to_string(), *count));
    let open = of
        .open
        .iter()
        .map(|(kind, work)| (*kind, json!({ "count": work.count, "oldest": work.oldest })));
    json!({
        "tenants": of.tenants.iter().copied().collect::<BTreeMap<_, _>>(),
        "workspaces": workspaces.collect::<BTreeMap<_, _>>(),
        "open": open.collect::<BTreeMap<_, _>>(),
    })
}

/// Returns the number and the digest of the last entry of each tenant.
async fn heads(config: &Config, store: &Store) -> anyhow::Result<Value> {
    let mut heads = Vec::new();
    for tenant in tenants::all_tenants(config, store).await? {
        let mut tx = store.tenant_read(&tenant).await?;
        heads.extend(tx.audit_head().await?);
        tx.commit().await?;
    }
    Ok(serde_json::to_value(heads)?)
}
