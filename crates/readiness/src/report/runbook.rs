//! The runbook: what each check that can fail means, and how to mend it.

use std::fmt::Write as _;

use crate::catalog::{Gate, all};
use crate::check::Group;

/// The beginning of the page.
const BEGIN: &str = "\
# Runbook of the gates

This page describes each check of the gates of a hosted origin: its expectation, its reason, and the fix if it fails. In
a report, the line below a failed check contains the expected result, the actual result and the endpoint. The `fix` in a
report may be more detailed than the one on this page.

The program prints this page: `covibe-readiness runbook > docs/runbook.md`.
";

/// Returns the page, in Markdown.
pub fn runbook() -> String {
    let mut page = BEGIN.to_owned();
    let mut group: Option<Group> = None;
    for (gates, check) in all() {
        // Writing into a text cannot fail.
        if group.replace(check.group) != Some(check.group) {
            let _written = write!(page, "\n## {}\n", check.group.as_str());
        }
        let names: Vec<_> = gates.iter().map(|gate| Gate::name(*gate)).collect();
        let _written = write!(
            page,
            "\n### {}\n\n{}. {} Weight: {}. Gates: {}.\n\nFix: {}\n",
            check.id,
            check.title,
            check.explain,
            check.severity.as_str(),
            names.join(", "),
            check.fix,
        );
    }
    page
}
