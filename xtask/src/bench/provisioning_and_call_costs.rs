//! The cost of provisioning and of authenticated calls, measured by `figures` of testkit's example.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::server::Programs;
use super::stats::Spread;
use crate::shell;

/// The time after which the example fails the benchmark.
const PATIENCE: Duration = Duration::from_mins(10);

/// The example's output.
#[derive(Debug, Deserialize)]
pub(super) struct Figures {
    /// The delay of each upstream answer, in milliseconds.
    pub(super) latency_ms: u32,
    pub(super) one: SequentialRuns,
    pub(super) many: ConcurrentRuns,
    /// The number of PostgreSQL statements of a call: until its answer, and in total.
    pub(super) statements: BTreeMap<String, [usize; 2]>,
}

/// Workspaces provisioned one after another.
#[derive(Debug, Deserialize)]
pub(super) struct SequentialRuns {
    pub(super) millis: Vec<f64>,
    /// The number of upstream calls of one workspace.
    pub(super) calls: usize,
}

/// Workspaces provisioned concurrently.
#[derive(Debug, Deserialize)]
pub(super) struct ConcurrentRuns {
    pub(super) millis: f64,
    pub(super) workspaces: usize,
}

impl SequentialRuns {
    pub(super) fn spread(&self) -> Spread {
        Spread::from_values(self.millis.iter().copied())
    }

    /// Returns an upper bound of the calls made in sequence: how many latencies fit into the time.
    pub(super) fn in_sequence(&self, latency_ms: u32) -> usize {
        let fits = (self.spread().min / f64::from(latency_ms)).floor();
        let fits = (0..=self.calls).rev().find(|count| super::stats::number(*count) <= fits);
        fits.unwrap_or_default()
    }
}

/// Runs the example and reads its output.
pub(super) async fn take(programs: &Programs) -> Result<Figures> {
    run(programs, "figures").await
}

/// Starts testkit's example for a measurement, and reads its output.
pub(super) async fn run<T: DeserializeOwned>(programs: &Programs, name: &str) -> Result<T> {
    let mut command = programs.measure(name);
    command.env_clear().env("PATH", std::env::join_paths(shell::folders())?);
    command.env("HOME", &programs.scratch).current_dir(&programs.scratch).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output
        .with_context(|| format!("measuring `{name}` timed out"))?
        .with_context(|| format!("measuring `{name}` did not start"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "measuring `{name}` failed ({}): {}",
        output.status,
        told.trim()
    );
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the output of measuring `{name}` has an unexpected form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_in_sequence_are_bounded_by_the_elapsed_time() {
        let one = |millis: f64| SequentialRuns { millis: vec![millis, 9999.0], calls: 17 };
        assert_eq!(one(980.0).in_sequence(50), 17);
        assert_eq!(one(640.0).in_sequence(50), 12);
        assert_eq!(one(10.0).in_sequence(50), 0);
    }

    #[test]
    fn the_json_output_of_the_example_is_parsed() {
        let text = r#"{"latency_ms":50,"one":{"millis":[978.7],"calls":17},
            "many":{"millis":5442.1,"workspaces":100},"statements":{"a call":[4,9]}}"#;
        let figures: Figures = serde_json::from_str(text).unwrap();
        assert_eq!((figures.many.workspaces, figures.statements["a call"]), (100, [4, 9]));
    }
}
