//! The operator's monitoring fits the server: its metrics exist, and each alert has a test and a row in the manual.
//!
//! Prometheus takes a name that no server writes for a metric without values: the alert stays quiet for ever.

use std::collections::BTreeSet;

use syn::{Expr, Item, Lit};

use super::checked_files::{File, Finding, Workspace};

/// The sources that declare and write the metrics.
const METRICS: &str = "crates/metrics/src/";

/// The methods that write a family of metrics, and the endings of the names that Prometheus reads.
const WRITERS: [(&str, &[&str]); 6] = [
    ("counter", &["_total"]),
    ("counters", &["_total"]),
    ("durations", &["_bucket", "_count", "_sum"]),
    ("gauge", &[""]),
    ("gauges", &[""]),
    ("seconds", &["_total"]),
];

/// The beginnings of the metrics' names.
const PREFIXES: [&str; 2] = ["covibe_", "process_"];

/// The folder of the files for Prometheus.
const PROMETHEUS: &str = "deploy/prometheus/";

/// The alerts.
const RULES: &str = "deploy/prometheus/covibe.rules.yaml";

/// The tests of the alerts.
const TESTS: &str = "deploy/prometheus/covibe.rules.test.yaml";

/// The panels for Grafana.
const DASHBOARD: &str = "deploy/grafana/covibe.json";

/// The operator's manual, which says what to do about each alert.
const MANUAL: &str = "docs/operating/monitoring.md";

/// Returns the alert that a line names.
type Reader = fn(&str) -> Option<&str>;

/// The files that have something for every alert, and what to do where it is missing.
const COMPANIONS: [(&str, Reader, &str); 2] = [
    (TESTS, tested_alert, "add a test with a series that fires it and one that does not"),
    (MANUAL, described_alert, "add a row to its table that says what to do"),
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let compared = COMPANIONS.into_iter().flat_map(|companion| compare(workspace, companion));
    unknown_metrics(workspace).into_iter().chain(compared).collect()
}

/// Returns the metrics in alerts and panels that no server has.
fn unknown_metrics(workspace: &Workspace) -> Vec<Finding> {
    let known = known_metrics(workspace);
    let lines = workspace.lines(|file| {
        file.path == DASHBOARD || (file.path.starts_with(PROMETHEUS) && file.is(".yaml"))
    });
    let used =
        lines.flat_map(|(file, line, text)| metrics(text).map(move |metric| (file, line, metric)));
    let unknown = used.filter(|(_, _, metric)| !known.contains(*metric));
    let finding = |(file, line, metric): (&File, usize, &str)| {
        let message = format!("no server has the metric `{metric}`: take one of {METRICS}");
        Finding::new(&file.path, line, message)
    };
    unknown.map(finding).collect()
}

/// Returns the names of metrics in a text.
fn metrics(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
}

/// Returns the names of all metrics that a server may write, as Prometheus reads them.
fn known_metrics(workspace: &Workspace) -> BTreeSet<String> {
    let sources = workspace.sources().filter(|file| file.path.starts_with(METRICS));
    sources.flat_map(written_metrics).collect()
}

/// Returns the names of the metrics that a source writes.
fn written_metrics(file: &File) -> Vec<String> {
    // A call may span lines.
    let dense: String = file.text.split_whitespace().collect();
    let mut names = Vec::new();
    for (constant, family) in families(file) {
        for (writer, endings) in WRITERS {
            if dense.contains(&format!("page.{writer}({constant},")) {
                names.extend(endings.iter().map(|ending| format!("{family}{ending}")));
            }
        }
    }
    names
}

/// Returns the constants of a source that declare a family by its name and its description, and that name.
fn families(file: &File) -> Vec<(String, String)> {
    // The compiler reports what can't be parsed.
    let Ok(parsed) = file.parsed() else { return Vec::new() };
    let family = |item: &Item| {
        let Item::Const(constant) = item else { return None };
        let Expr::Tuple(tuple) = &*constant.expr else { return None };
        let Expr::Lit(name) = tuple.elems.first()? else { return None };
        let Lit::Str(name) = &name.lit else { return None };
        Some((constant.ident.to_string(), name.value()))
    };
    parsed.items.iter().filter_map(family).collect()
}

/// Returns the alerts that a companion lacks, and those that only the companion has.
fn compare(workspace: &Workspace, (path, reader, advice): (&str, Reader, &str)) -> Vec<Finding> {
    let (rules, named) = (alerts(workspace, RULES, rule), alerts(workspace, path, reader));
    let lacks = |all: &[(usize, &str)], alert: &str| all.iter().all(|(_, each)| *each != alert);
    let missing = rules.iter().filter(|(_, alert)| lacks(&named, alert)).map(|(line, alert)| {
        Finding::new(RULES, *line, format!("{path} does not have `{alert}`: {advice}"))
    });
    let strange = named.iter().filter(|(_, alert)| lacks(&rules, alert)).map(|(line, alert)| {
        Finding::new(path, *line, format!("{RULES} has no alert `{alert}`: correct or remove it"))
    });
    missing.chain(strange).collect()
}

/// Returns the alerts that the lines of a file name, with the lines' numbers.
fn alerts<'a>(workspace: &'a Workspace, path: &str, reader: Reader) -> Vec<(usize, &'a str)> {
    let lines = workspace.file(path).into_iter().flat_map(File::lines);
    lines.filter_map(|(number, line)| Some((number, reader(line)?))).collect()
}

/// Returns the alert that a line of the rules begins.
fn rule(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("- alert: ")
}

/// Returns the alert in a line of a test: of an expression over `ALERTS`, or of `alert_rule_test`.
fn tested_alert(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("alertname=\"").or_else(|| line.split_once("alertname: "))?;
    rest.split(|c: char| !c.is_ascii_alphanumeric()).next()
}

/// Returns the alert in the first cell of a row of the manual.
fn described_alert(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("| `")?.split_once('`')?;
    name.starts_with("Covibe").then_some(name)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::shell;

    const SOURCE: &str = "\
//! Metrics.
const CALLS: (&str, &str) = (\"covibe_calls\", \"Calls.\");
const TIMES: (&str, &str) = (\"covibe_call_seconds\", \"Their durations.\");
const MEMORY: (&str, &str) = (\"process_memory_bytes\", \"The memory.\");
const UNUSED: (&str, &str) = (\"covibe_unused\", \"Nothing.\");
fn write() {
    page.counters(CALLS, rows)?;
    page.durations(
        TIMES,
        rows,
    )?;
    page.gauge(MEMORY, bytes)
}
";

    /// Returns the findings of a repository with these files beside the source of the metrics.
    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let source = ("crates/metrics/src/calls.rs", SOURCE);
        let workspace = Workspace::of_files(&[&[source], files].concat());
        check(&workspace).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn alerts_and_panels_that_use_unknown_metrics_are_reported() {
        let good = "rate(covibe_calls_total[5m]) covibe_call_seconds_bucket\n\
                    covibe_call_seconds_sum covibe_call_seconds_count process_memory_bytes\n";
        let bad = "job: covibe\ncovibe_calls process_cpu_seconds_total\ncovibe_unused\n";
        for path in [RULES, TESTS, "deploy/prometheus/more.yaml", DASHBOARD] {
            assert!(findings(&[(path, good)]).is_empty(), "{path}");
            let found = findings(&[(path, bad)]);
            assert_eq!(found.len(), 3, "{found:?}");
            assert!(found[0].starts_with(&format!("{path}:2: no server has ")), "{}", found[0]);
            assert!(found[1].contains("`process_cpu_seconds_total`"), "{}", found[1]);
        }
        assert!(findings(&[("deploy/prometheus/README.md", bad)]).is_empty());
    }

    #[test]
    fn an_alert_without_a_test_or_a_documentation_row_is_reported() {
        let rules = (RULES, "rules:\n  - alert: CovibeDown\n  - alert: CovibeSlow\n");
        let tests = (TESTS, "- alertname: CovibeDown\n- ALERTS{alertname=\"CovibeSlow\"}\n");
        let manual = (MANUAL, "| `CovibeDown` | look |\n| `CovibeSlow` | wait |\n");
        assert!(findings(&[rules, tests, manual]).is_empty());
        let found = findings(&[rules, (TESTS, "- alertname: CovibeDown\n"), manual]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(&format!("{RULES}:3: {TESTS} does not have `CovibeSlow`")));
        let found = findings(&[rules, tests, (MANUAL, "`CovibeDown`\n| `CovibeSlow` | wait |\n")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(&format!("{RULES}:2: {MANUAL} does not have `CovibeDown`")));
    }

    #[test]
    fn tests_and_rows_of_unknown_alerts_are_reported() {
        let rules = (RULES, "rules:\n");
        let found = findings(&[rules, (TESTS, "tests:\n- alertname: CovibeGone\n")]);
        let end = format!("{RULES} has no alert `CovibeGone`: correct or remove it");
        assert_eq!(found, [format!("{TESTS}:2: {end}")]);
        let manual = "| `COVIBE_BIND` | an address |\n| `CovibeGone` | look |\n";
        assert_eq!(findings(&[rules, (MANUAL, manual)]), [format!("{MANUAL}:2: {end}")]);
    }

    #[test]
    fn promtool_accepts_the_files() {
        let Some(promtool) = shell::which("promtool") else {
            eprintln!("skipped: no promtool (install the Debian package prometheus)");
            return;
        };
        let config = format!("{PROMETHEUS}prometheus.yaml");
        for words in
            [["check", "config", &config], ["check", "rules", RULES], ["test", "rules", TESTS]]
        {
            shell::read_output(Command::new(&promtool).args(words).current_dir(shell::root()))
                .unwrap();
        }
    }
}
