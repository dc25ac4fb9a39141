//! `covibe-server audit verify`: checks that no entry was changed or removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use covibe_config::Config;
use covibe_domain::{TenantId, Timestamp};
use covibe_installation::tenants;
use covibe_store::{Verified, VerifyOptions};
use serde::Serialize;
use serde_json::Value;

use crate::commands::configured;
use crate::print;

/// The result for one tenant's chain.
#[derive(Serialize)]
struct Report {
    tenant: TenantId,
    ok: bool,
    entries: i64,
    #[serde(skip_serializing_if = "is_zero")]
    earlier: i64,
    removed: i64,
    /// The number of the last entry.
    seq: i64,
    head: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

#[derive(Serialize)]
struct Problem {
    seq: i64,
    what: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// The extent of a verification, and the format of its result.
pub(super) struct Options {
    /// True to print one JSON object.
    pub(super) json: bool,
    /// A file with the heads of an earlier time.
    pub(super) expect: Option<PathBuf>,
    /// The time of the first entry.
    pub(super) since: Option<Timestamp>,
    /// Exported files to verify instead of the database.
    pub(super) export: Vec<PathBuf>,
}

/// Verifies every tenant's chain, and fails if one is broken.
pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    verify(&config, options).await
}

/// Verifies every tenant's chain in this database, and that none is shorter than in the manifest of a backup.
pub(crate) async fn verify_against(config: &Config, manifest: &Path) -> anyhow::Result<()> {
    let expect = Some(manifest.to_owned());
    verify(config, Options { json: false, expect, since: None, export: Vec::new() }).await
}

async fn verify(config: &Config, options: Options) -> anyhow::Result<()> {
    let Options { json, expect, since, export } = options;
    let mut expected = expect.as_deref().map(kept_heads).transpose()?.unwrap_or_default();
    let store = covibe_installation::existing_store(config).await?;
    if !export.is_empty() {
        return super::export_verification::run(&store, export, json).await;
    }
    let mut tenants = tenants::all_tenants(config, &store).await?;
    // A tenant that no longer exists has its kept head all the same.
    tenants.extend(expected.keys().filter(|it| !tenants.contains(it)).cloned().collect::<Vec<_>>());
    if tenants.is_empty() && !json {
        print::line("There are no tenants yet.");
    }
    let (mut reports, mut broken) = (Vec::new(), 0);
    for tenant in tenants {
        let options = VerifyOptions { since, expected: expected.remove(&tenant) };
        let report = Report::new(store.verify_audit_with(&tenant, &options).await?, tenant);
        broken += usize::from(!report.ok);
        // Printed at once, since verifying the next chain may take long.
        if json { reports.push(report) } else { print::line(&report.line()) }
    }
    if json {
        print::line(&serde_json::to_string(&serde_json::json!({ "tenants": reports }))?);
    }
    if broken > 0 {
        bail!("broken chains: {broken}");
    }
    Ok(())
}

/// Reads the heads in the output of an earlier `audit verify --json`, or in the manifest of a backup.
fn kept_heads(path: &Path) -> anyhow::Result<BTreeMap<TenantId, (i64, String)>> {
    let read = || {
        format!(
            "{} contains no heads of chains: expected the output of `audit verify --json` or the manifest of a backup",
            path.display()
        )
    };
    let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let kept: Value = serde_json::from_slice(&text).with_context(read)?;
    let list = ["tenants", "audit_heads"].into_iter().find_map(|name| kept[name].as_array());
    let head = |one: &Value| {
        let tenant = one["tenant"].as_str()?.parse().ok()?;
        Some((tenant, (one["seq"].as_i64()?, one["head"].as_str()?.to_owned())))
    };
    let heads = list.and_then(|list| list.iter().map(head).collect::<Option<_>>());
    heads.with_context(read)
}

impl Report {
    fn new(verified: Verified, tenant: TenantId) -> Self {
        let Verified { entries, earlier, removed, head, seq, problem } = verified;
        let problem = problem.map(|(seq, what)| Problem { seq, what });
        Self { tenant, ok: problem.is_none(), entries, earlier, removed, seq, head, problem }
    }

    fn line(&self) -> String {
        let Self { tenant, entries, earlier, removed, head, .. } = self;
        if let Some(Problem { what, .. }) = &self.problem {
            return format!("FAIL {tenant}: {what}; valid entries before it: {entries}");
        }
        let removed = match removed {
            0 => String::new(),
            removed => format!(" after {removed} removed ones"),
        };
        let earlier = match earlier {
            0 => String::new(),
            earlier => format!(" after {earlier} that were not verified"),
        };
        format!("PASS {tenant}: {entries} entries{earlier}{removed}, head {head}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(removed: i64, problem: Option<(i64, String)>) -> String {
        let verified =
            Verified { entries: 3, earlier: 0, removed, head: "ab12".to_owned(), seq: 3, problem };
        Report::new(verified, "ten_acme".parse().unwrap()).line()
    }

    #[test]
    fn a_line_states_the_head_of_the_chain_or_the_problem() {
        assert_eq!(line(0, None), "PASS ten_acme: 3 entries, head ab12");
        let rest = "PASS ten_acme: 3 entries after 7 removed ones, head ab12";
        assert_eq!(line(7, None), rest);
        let broken = line(0, Some((4, "entry 4 is missing".to_owned())));
        assert_eq!(broken, "FAIL ten_acme: entry 4 is missing; valid entries before it: 3");
    }
}
