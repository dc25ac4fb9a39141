//! `covibe-server audit verify --export`: checks entries that were exported before they were dropped.

use std::path::PathBuf;

use anyhow::bail;
use covibe_store::{Store, VerifiedExport};
use serde_json::{Value, json};

use crate::print;

/// Verifies exported files, and fails if the entries of a tenant are not whole.
pub(super) async fn run(store: &Store, files: Vec<PathBuf>, as_json: bool) -> anyhow::Result<()> {
    let verified = store.verify_export(files).await?;
    if as_json {
        let exports: Vec<_> = verified.iter().map(object).collect();
        print::line(&json!({ "exports": exports }).to_string());
    } else if verified.is_empty() {
        print::line("There are no entries in these files.");
    }
    for export in verified.iter().filter(|_| !as_json) {
        print::line(&line(export));
    }
    let broken = verified.iter().filter(|export| export.problem.is_some()).count();
    if broken > 0 {
        bail!("broken exports: {broken}");
    }
    Ok(())
}

fn line(export: &VerifiedExport) -> String {
    let VerifiedExport { tenant, first, last, problem } = export;
    match problem {
        Some((_, what)) => format!("FAIL {tenant}: {what}"),
        None => format!(
            "PASS {tenant}: entries {first} to {last} are in the files, and the database continues them"
        ),
    }
}

fn object(export: &VerifiedExport) -> Value {
    let VerifiedExport { tenant, first, last, problem } = export;
    let mut object = json!({
        "tenant": tenant.as_str(),
        "ok": problem.is_none(),
        "first": first,
        "last": last,
    });
    if let Some((seq, what)) = problem {
        object["problem"] = json!({ "seq": seq, "what": what });
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_states_the_verified_entries_or_the_problem() {
        let tenant = "ten_acme".parse().unwrap();
        let mut export = VerifiedExport { tenant, first: 1, last: 5, problem: None };
        assert!(line(&export).starts_with("PASS ten_acme: entries 1 to 5 "), "{}", line(&export));
        assert_eq!(object(&export)["ok"], true);
        export.problem = Some((3, "entry 3 is missing".to_owned()));
        assert_eq!(line(&export), "FAIL ten_acme: entry 3 is missing");
        assert_eq!(object(&export)["problem"]["seq"], 3);
    }
}
