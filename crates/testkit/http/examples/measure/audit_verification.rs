//! The time that verifying a long chain of audit entries takes, for `cargo xtask bench --verify`.
//!
//! Prints one line for each database. `CHAIN_ENTRIES` is the number of entries, a million by default.

use std::time::Instant;

use covibe_domain::{Actor, TenantId, Timestamp};
use covibe_store::{AuditEntry, Store};
use covibe_testkit_http::postgres::Postgres;

use super::Outcome;

/// The number of entries that are appended at once.
const GROUP: usize = 1000;

/// Measures each database, and prints its times.
pub(super) async fn print() -> Outcome<()> {
    let entries = std::env::var("CHAIN_ENTRIES").map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let store = Store::sqlite(&folder.path().join("covibe.sqlite")).await?;
    measure("SQLite", &store, entries).await?;
    if let Some(postgres) = Postgres::shared() {
        let store = Store::postgres(&postgres.database().runtime_url).await?;
        measure("PostgreSQL", &store, entries).await?;
    }
    Ok(())
}

async fn measure(name: &str, store: &Store, entries: usize) -> Outcome<()> {
    let tenant: TenantId = "ten_long".parse()?;
    for first in (0..entries).step_by(GROUP) {
        let last = (first + GROUP).min(entries);
        let group = (first..last).map(|number| entry(&tenant, number));
        store.append_audit(&group.collect::<Result<Vec<_>, _>>()?).await?;
    }
    let (one, many) = (millis(store, 1).await?, millis(store, 32).await?);
    println!("{name}: a durable entry takes {one:.2} ms, a group of 32 takes {many:.2} ms");
    let begun = Instant::now();
    let verified = store.verify_audit(&tenant).await?;
    let seconds = begun.elapsed().as_secs_f64();
    if let Some((_, problem)) = verified.problem {
        return Err(problem.into());
    }
    println!("{name}: {} entries verified in {seconds:.1} s", verified.entries);
    Ok(())
}

/// Returns the average time that appending a group of entries takes.
async fn millis(store: &Store, size: usize) -> Outcome<f64> {
    const GROUPS: u32 = 200;
    let tenant: TenantId = format!("ten_of{size:04}").parse()?;
    let begun = Instant::now();
    for first in (0..GROUPS as usize).map(|group| group * size) {
        let group = (first..first + size).map(|number| entry(&tenant, number));
        store.append_audit(&group.collect::<Result<Vec<_>, _>>()?).await?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1000.0 / f64::from(GROUPS))
}

fn entry(tenant: &TenantId, number: usize) -> Outcome<AuditEntry> {
    Ok(AuditEntry {
        id: format!("aud_{tenant}_{number:032}"),
        tenant: tenant.clone(),
        workspace: Some("ws_0123456789abcdef".parse()?),
        actor: Some(Actor::Key("key_0123456789abcdef".parse()?)),
        access: None,
        call: format!("call_{number:032}"),
        tool: "apps.deployments".to_owned(),
        surface: "mcp",
        outcome: "ok".to_owned(),
        resource: Some("uuid4cwgc44ogc08804000gggo".to_owned()),
        params_digest: "0".repeat(64),
        at: Timestamp::from_millis(i64::try_from(number)?),
        duration_ms: 3,
        repeats: None,
        detail: None,
    })
}
