//! Reports: lines for people, JSON, and JUnit.

mod json;
mod junit;
mod runbook;

pub use json::{SCHEMA, json};
pub use junit::junit;
pub use runbook::runbook;

use std::fmt::Write as _;

use crate::check::Status;
use crate::gate_run::{Checked, Report};

/// Returns the report. Its last line begins with `PASS` or `FAIL`.
pub fn lines(report: &Report) -> String {
    let mut text = String::new();
    for checked in &report.checked {
        // Writing into a text cannot fail.
        let _written = write_check(&mut text, checked);
    }
    text + &verdict(report)
}

/// Returns the last line.
pub fn verdict(report: &Report) -> String {
    let name = report.gate.name_of_run(report.is_rehearsal);
    let summary = report.summary();
    let inconclusive = summary.error + summary.unseen;
    if summary.fail + inconclusive == 0 {
        return format!("PASS {name}\n");
    }
    format!("FAIL {name}: {} failed, {inconclusive} inconclusive\n", summary.fail)
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "PASS",
        Status::Fail | Status::Error => "FAIL",
        Status::Warn => "WARN",
        Status::Skip => "SKIP",
    }
}

fn write_check(text: &mut String, checked: &Checked) -> std::fmt::Result {
    let (check, millis) = (checked.check, checked.duration.as_millis());
    writeln!(text, "{} {} {} ({millis} ms)", word(checked.status), check.id, check.title)?;
    let Some(finding) = &checked.finding else { return Ok(()) };
    if checked.status == Status::Skip {
        return writeln!(text, "    reason:   {}", finding.got);
    }
    let kind = if checked.status == Status::Error { "inconclusive: " } else { "" };
    writeln!(text, "    expected: {}", finding.expected)?;
    writeln!(text, "    got:      {kind}{}", finding.got)?;
    writeln!(text, "    endpoint: {}", finding.endpoint)?;
    if finding.attempts > 1 {
        writeln!(text, "    attempts: {}", finding.attempts)?;
    }
    writeln!(text, "    fix:      {}", finding.fix.as_deref().unwrap_or(check.fix))
}
