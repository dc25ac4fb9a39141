//! `covibe-server audit verify`: checks that no entry was changed or removed.

use anyhow::{Context as _, bail};
use covibe_domain::TenantId;
use covibe_store::Verified;
use serde::Serialize;

use super::configured;
use crate::config::{Config, Database};
use crate::{compose, print};

/// The result for one tenant's chain.
#[derive(Serialize)]
struct Report {
    tenant: TenantId,
    ok: bool,
    entries: i64,
    unchained: i64,
    head: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

#[derive(Serialize)]
struct Problem {
    seq: i64,
    what: String,
}

/// Verifies every tenant's chain, and fails if one is broken.
pub(crate) async fn verify(json: bool) -> anyhow::Result<()> {
    let config = configured()?;
    let listed = tenants_listed_by_owner(&config).await?;
    let store = compose::open_store(&config).await?;
    let tenants = match listed {
        Some(tenants) => tenants,
        None => store.embedded_tenants().await?,
    };
    if tenants.is_empty() && !json {
        print::line("There are no tenants yet.");
    }
    let (mut reports, mut broken) = (Vec::new(), 0);
    for tenant in tenants {
        let report = Report::new(store.verify_audit(&tenant).await?, tenant);
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

/// Lists the tenants of a PostgreSQL database, which the server's own role may not do. Returns
/// `None` for the embedded database.
async fn tenants_listed_by_owner(config: &Config) -> anyhow::Result<Option<Vec<TenantId>>> {
    match &config.database {
        Database::Sqlite => Ok(None),
        Database::Postgres { admin: Some(admin), .. } => covibe_store::postgres_tenants(admin)
            .await
            .map(Some)
            .context("the tenants could not be listed through COVIBE_POSTGRES_ADMIN_URL"),
        Database::Postgres { admin: None, .. } => bail!(
            "COVIBE_POSTGRES_ADMIN_URL is required: only the role that owns the schema may \
             list the tenants"
        ),
    }
}

impl Report {
    fn new(verified: Verified, tenant: TenantId) -> Self {
        let Verified { entries, unchained, head, problem } = verified;
        let problem = problem.map(|(seq, what)| Problem { seq, what });
        Self { tenant, ok: problem.is_none(), entries, unchained, head, problem }
    }

    fn line(&self) -> String {
        let Self { tenant, entries, unchained, head, .. } = self;
        if let Some(Problem { what, .. }) = &self.problem {
            return format!("FAIL {tenant}: {what}; valid entries before it: {entries}");
        }
        let older = match unchained {
            0 => String::new(),
            older => format!(" ({older} older entries are not in the chain)"),
        };
        format!("PASS {tenant}: {entries} entries{older}, head {head}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(unchained: i64, problem: Option<(i64, String)>) -> String {
        let verified = Verified { entries: 3, unchained, head: "ab12".to_owned(), problem };
        Report::new(verified, "ten_acme".parse().unwrap()).line()
    }

    #[test]
    fn a_line_has_the_head_or_the_problem() {
        assert_eq!(line(0, None), "PASS ten_acme: 3 entries, head ab12");
        let older = "PASS ten_acme: 3 entries (2 older entries are not in the chain), head ab12";
        assert_eq!(line(2, None), older);
        let broken = line(0, Some((4, "entry 4 is missing".to_owned())));
        assert_eq!(broken, "FAIL ten_acme: entry 4 is missing; valid entries before it: 3");
    }
}
