//! The report for programs.

use serde_json::{Value, json};

use crate::gate_run::{Checked, Report};

/// The JSON schema of the report.
pub const SCHEMA: &str = include_str!("schema.json");

/// Returns the report as one document.
pub fn json(report: &Report) -> Value {
    let summary = report.summary();
    json!({
        "schema": "covibe.readiness/1",
        "gate": report.gate.name(),
        "rehearsal": report.is_rehearsal,
        "origin": report.origin,
        "started_at": report.started_at.to_string(),
        "duration_ms": millis(report.duration),
        "tool_version": env!("CARGO_PKG_VERSION"),
        "server_version": report.server_version,
        "passed": report.exit_code(false) == 0,
        "summary": {
            "pass": summary.pass,
            "fail": summary.fail,
            "warn": summary.warn,
            "skip": summary.skip,
            "error": summary.error,
            "not_looked_at": summary.unseen,
        },
        "checks": report.checked.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(checked: &Checked) -> Value {
    let finding = checked.finding.as_ref();
    json!({
        "id": checked.check.id,
        "group": checked.check.group.as_str(),
        "severity": checked.check.severity.as_str(),
        "title": checked.check.title,
        "status": checked.status.as_str(),
        "looked_at": !checked.is_unseen,
        "duration_ms": millis(checked.duration),
        "endpoint": finding.map(|finding| &finding.endpoint),
        "expected": finding.map(|finding| &finding.expected),
        "observed": checked.note,
        "hint": finding.and_then(|finding| finding.fix.as_ref()),
        "attempts": finding.map_or(1, |finding| finding.attempts),
    })
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
