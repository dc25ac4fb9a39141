//! `covibe-server audit verify`: checks that no entry was changed or removed.

use anyhow::bail;
use covibe_domain::TenantId;
use covibe_store::Verified;
use serde::Serialize;

use super::configured;
use crate::{compose, print, tenants};

/// The result for one tenant's chain.
#[derive(Serialize)]
struct Report {
    tenant: TenantId,
    ok: bool,
    entries: i64,
    removed: i64,
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
    config.refuse_unused_postgres()?;
    let store = compose::existing_store(&config).await?;
    let tenants = tenants::all(&config, &store).await?;
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

impl Report {
    fn new(verified: Verified, tenant: TenantId) -> Self {
        let Verified { entries, removed, unchained, head, problem } = verified;
        let problem = problem.map(|(seq, what)| Problem { seq, what });
        Self { tenant, ok: problem.is_none(), entries, removed, unchained, head, problem }
    }

    fn line(&self) -> String {
        let Self { tenant, entries, removed, unchained, head, .. } = self;
        if let Some(Problem { what, .. }) = &self.problem {
            return format!("FAIL {tenant}: {what}; valid entries before it: {entries}");
        }
        let older = match unchained {
            0 => String::new(),
            older => format!(" ({older} older entries are not in the chain)"),
        };
        let removed = match removed {
            0 => String::new(),
            removed => format!(" after {removed} removed ones"),
        };
        format!("PASS {tenant}: {entries} entries{removed}{older}, head {head}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(removed: i64, unchained: i64, problem: Option<(i64, String)>) -> String {
        let verified =
            Verified { entries: 3, removed, unchained, head: "ab12".to_owned(), problem };
        Report::new(verified, "ten_acme".parse().unwrap()).line()
    }

    #[test]
    fn a_line_has_the_head_or_the_problem() {
        assert_eq!(line(0, 0, None), "PASS ten_acme: 3 entries, head ab12");
        let rest = "PASS ten_acme: 3 entries after 7 removed ones, head ab12";
        assert_eq!(line(7, 0, None), rest);
        let older = "PASS ten_acme: 3 entries (2 older entries are not in the chain), head ab12";
        assert_eq!(line(0, 2, None), older);
        let broken = line(0, 0, Some((4, "entry 4 is missing".to_owned())));
        assert_eq!(broken, "FAIL ten_acme: entry 4 is missing; valid entries before it: 3");
    }
}
