//! The report for pipelines: a suite for each group.

use std::fmt::{self, Write as _};
use std::time::Duration;

use quick_xml::escape::escape;

use crate::check::{Group, Status};
use crate::gate_run::{Checked, Report};

/// Returns the report as a document of JUnit.
pub fn junit(report: &Report) -> String {
    let mut xml = String::new();
    // Writing into a text cannot fail.
    let _written = write(&mut xml, report);
    xml
}

fn write(xml: &mut String, report: &Report) -> fmt::Result {
    let mut groups: Vec<Group> = report.checked.iter().map(|each| each.check.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let counts = counts(report.checked.iter());
    let name = report.gate.name_of_run(report.is_rehearsal);
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    writeln!(xml, "<testsuites name=\"{name}\" {counts} time=\"{}\">", seconds(report.duration))?;
    for group in groups {
        write_suite(xml, report, group)?;
    }
    xml.push_str("</testsuites>\n");
    Ok(())
}

fn write_suite(xml: &mut String, report: &Report, group: Group) -> fmt::Result {
    let checked = || report.checked.iter().filter(|each| each.check.group == group);
    let time: Duration = checked().map(|each| each.duration).sum();
    let skipped = checked().filter(|each| each.status == Status::Skip).count();
    writeln!(
        xml,
        "  <testsuite name=\"{}\" {} skipped=\"{skipped}\" time=\"{}\" timestamp=\"{}\">",
        group.as_str(),
        counts(checked()),
        seconds(time),
        report.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
    )?;
    xml.push_str("    <properties>\n");
    let version = report.server_version.as_deref().unwrap_or("unknown");
    for (name, value) in [("origin", report.origin.as_str()), ("version", version)] {
        writeln!(xml, "      <property name=\"{name}\" value=\"{}\"/>", escape(value))?;
    }
    xml.push_str("    </properties>\n");
    checked().try_for_each(|each| write_case(xml, each))?;
    xml.push_str("  </testsuite>\n");
    Ok(())
}

fn write_case(xml: &mut String, checked: &Checked) -> fmt::Result {
    let (check, time) = (checked.check, seconds(checked.duration));
    let (id, group) = (check.id, check.group.as_str());
    write!(xml, "    <testcase name=\"{id}\" classname=\"canary.{group}\" time=\"{time}\"")?;
    let element = match checked.status {
        Status::Pass | Status::Warn => "",
        Status::Fail => "failure",
        Status::Error => "error",
        Status::Skip => "skipped",
    };
    let Some(finding) = checked.finding.as_ref() else {
        xml.push_str("/>\n");
        return Ok(());
    };
    let got = escape(&finding.got);
    let (expected, endpoint) = (escape(&finding.expected), escape(&finding.endpoint));
    let fix = escape(finding.fix.as_deref().unwrap_or(check.fix));
    let text = format!("expected: {expected}\ngot: {got}\nendpoint: {endpoint}\nfix: {fix}");
    match element {
        "" => writeln!(xml, "><system-out>warning\n{text}</system-out></testcase>"),
        "skipped" => writeln!(xml, "><skipped message=\"{got}\"/></testcase>"),
        element => writeln!(
            xml,
            "><{element} message=\"{endpoint}: {got}\" type=\"{}\">{text}</{element}></testcase>",
            check.severity.as_str()
        ),
    }
}

fn counts<'a>(checked: impl Iterator<Item = &'a Checked>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for each in checked {
        tests += 1;
        failures += usize::from(each.status == Status::Fail);
        errors += usize::from(each.status == Status::Error);
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
