//! The costs of a docker host behind SSH and its gate, measured by `docker_host` of testkit's
//! example.

use anyhow::Result;
use serde::Deserialize;

use super::measured_programs::Programs;
use super::percentiles::Spread;
use super::report::megabytes;

/// The goals: the ratio of the times of commands, and the memory above idle in MB of 10⁶ bytes.
const RATIO: f64 = 0.3;
const MEMORY: u64 = 150;

/// The example's output.
#[derive(Debug, Deserialize)]
pub(super) struct DockerHost {
    commands: Commands,
    logs: Logs,
    answers: ConcurrentCommands,
}

/// The times of a command that does nothing, in milliseconds.
#[derive(Debug, Deserialize)]
struct Commands {
    /// By `apps.exec`, over the connection that the server keeps.
    kept_ms: Vec<f64>,
    /// By `ssh HOST docker exec`, which connects each time.
    fresh_ms: Vec<f64>,
}

/// The throughput of reading logs, in bytes of printed text a second.
#[derive(Debug, Deserialize)]
struct Logs {
    /// By `apps.logs` with 5,000 lines, the newest of which are in the answer.
    tool_bytes_per_s: Vec<f64>,
    /// By the client of docker hosts, which keeps 60 MB.
    client_bytes_per_s: Vec<f64>,
}

/// The memory and the answers while many commands printed much at the same time.
#[derive(Debug, Deserialize)]
struct ConcurrentCommands {
    /// The resident memory of the server before it reached the host, and the most during the calls.
    idle_kib: u64,
    peak_kib: u64,
    at_once: usize,
    /// The number of bytes that each command printed.
    bytes: u64,
    calls: usize,
    /// The calls that were not answered with all of it.
    failed: usize,
    seconds: f64,
}

/// Runs the example and reads its output; `None` where it can't measure.
pub(super) async fn take(programs: &Programs) -> Result<Option<DockerHost>> {
    programs.run_measurement("docker_host").await
}

/// Prints the measurements.
pub(super) fn report(measured: Option<&DockerHost>) {
    println!("\nA docker host behind SSH and its gate, on this machine: median (min–max)");
    let Some(measured) = measured else {
        println!("  skipped: no Docker Engine, SSH server or gate, or not root");
        return;
    };
    let lines = [measured.commands.lines(), measured.logs.lines(), measured.answers.lines()];
    lines.iter().flatten().for_each(|line| println!("  {line}"));
}

impl Commands {
    fn lines(&self) -> Vec<String> {
        let [kept, fresh] = [&self.kept_ms, &self.fresh_ms].map(|all| spread(all));
        let ratio = kept.median / fresh.median;
        let missed = if ratio <= RATIO { "" } else { "  missed" };
        vec![
            format!("{:<46}{:>24}", "apps.exec true, ms", format_spread(kept)),
            format!("{:<46}{:>24}", "a new ssh HOST docker exec C true, ms", format_spread(fresh)),
            format!("{:<46}{ratio:>24.2}{missed}", format!("their ratio (goal: {RATIO})")),
        ]
    }
}

impl Logs {
    fn lines(&self) -> Vec<String> {
        let of =
            |all: &[f64]| format_spread(spread(&all.iter().map(|it| it / 1e6).collect::<Vec<_>>()));
        vec![
            format!("{:<46}{:>24}", "apps.logs of 30 MB, MB/s", of(&self.tool_bytes_per_s)),
            format!("{:<46}{:>24}", "the client alone, 60 MB, MB/s", of(&self.client_bytes_per_s)),
        ]
    }
}

impl ConcurrentCommands {
    fn lines(&self) -> Vec<String> {
        let above = self.peak_kib.saturating_sub(self.idle_kib);
        let is_met = above * 1024 <= MEMORY * 1_000_000 && self.failed == 0;
        let missed = if is_met { "" } else { "  missed" };
        let Self { at_once, calls, failed, seconds, .. } = self;
        let name = format!("answers of {} MB, {at_once} at once", self.bytes / 1_000_000);
        let counted = format!("{calls} in {seconds:.1} s, {failed} failed");
        let goal = format!("MB above idle ({}; goal: {MEMORY})", megabytes(self.idle_kib));
        vec![
            format!("{name:<46}{counted:>24}"),
            format!("{goal:<46}{:>24}{missed}", megabytes(above)),
        ]
    }
}

fn spread(all: &[f64]) -> Spread {
    Spread::from_values(all.iter().copied())
}

fn format_spread(Spread { median, min, max }: Spread) -> String {
    format!("{median:.1} ({min:.1}–{max:.1})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example's output, with another memory and another time of commands.
    fn measurements(peak_kib: u64, kept_ms: f64) -> DockerHost {
        let text = format!(
            r#"{{"commands":{{"kept_ms":[{kept_ms}],"fresh_ms":[400.0]}},
            "logs":{{"tool_bytes_per_s":[4e7,5e7],"client_bytes_per_s":[6e7]}},
            "answers":{{"idle_kib":50000,"peak_kib":{peak_kib},"at_once":50,"bytes":5000000,
            "calls":100,"failed":0,"seconds":9.5}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_report_marks_missed_goals() {
        let good = measurements(196_484, 120.0);
        let commands = good.commands.lines();
        assert!(commands[2].ends_with("0.30"), "{commands:?}");
        assert!(good.logs.lines()[0].ends_with("45.0 (40.0–50.0)"));
        let answers = good.answers.lines();
        assert!(answers[0].ends_with("100 in 9.5 s, 0 failed"), "{answers:?}");
        assert!(answers[1].ends_with("150.0"), "{answers:?}");
        let bad = measurements(196_485, 121.0);
        assert!(bad.commands.lines()[2].ends_with("missed"));
        assert!(bad.answers.lines()[1].ends_with("missed"));
        let failed =
            DockerHost { answers: ConcurrentCommands { failed: 1, ..good.answers }, ..good };
        assert!(failed.answers.lines()[1].ends_with("missed"));
    }

    #[test]
    fn figures_without_a_docker_engine_are_parsed_as_none() {
        let none: Option<DockerHost> = serde_json::from_str("null").unwrap();
        assert!(none.is_none());
    }
}
