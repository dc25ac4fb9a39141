//! The costs that testkit's example `measure` reports: of operations at Coolify, of provisioning and of authenticated
//! calls, and of the database and the audit.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

use super::measured_programs::Programs;
use super::percentiles::{Spread, number};

/// The costs of operations at Coolify, the output of `measure costs`.
#[derive(Debug, Deserialize)]
pub(super) struct Costs {
    pub(super) operations: Vec<Operation>,
    /// The growth of the process.
    pub(super) grown_kib: Grown,
    pub(super) polling: Polling,
}

/// An operation, beside a few and beside thousands of resources of others.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) calls: [usize; 2],
    pub(super) bytes: [u64; 2],
    pub(super) millis: [f64; 2],
}

/// The growth of the process, in KiB, while it called each operation.
#[derive(Debug, Deserialize)]
pub(super) struct Grown {
    pub(super) few: u64,
    pub(super) many: u64,
}

/// Many agents that ask for their app's deployments again and again.
#[derive(Debug, Deserialize)]
pub(super) struct Polling {
    pub(super) agents: usize,
    /// The pause between two questions of an agent, in seconds.
    pub(super) interval: u64,
    /// The duration in seconds.
    pub(super) seconds: u64,
    pub(super) polls: usize,
    pub(super) failed: usize,
    pub(super) deployments: usize,
    pub(super) calls: usize,
    /// The calls that Coolify refused.
    pub(super) refused: usize,
    /// The longest answer, in seconds.
    pub(super) slowest: f64,
    /// The age of the oldest answer, in seconds.
    pub(super) oldest: f64,
}

/// Measures operations.
pub(super) async fn take_operations(programs: &Programs) -> Result<Costs> {
    programs.run_measurement("costs").await
}

/// The cost of provisioning and of authenticated calls, the output of `measure figures`.
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
        let fits = (0..=self.calls).rev().find(|count| number(*count) <= fits);
        fits.unwrap_or_default()
    }
}

/// Measures provisioning and calls.
pub(super) async fn take_provisioning(programs: &Programs) -> Result<Figures> {
    programs.run_measurement("figures").await
}

/// The costs of the database and the audit for an operator, the output of `measure upkeep`.
#[derive(Debug, Deserialize)]
pub(super) struct Upkeep {
    pub(super) answers: AnswerRates,
    /// The bytes of an audit entry on the disk.
    pub(super) entry_bytes: u64,
    pub(super) locked: Locked,
}

/// The number of calls that are answered in a second.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerRates {
    /// With something that exists.
    pub(super) found: f64,
    /// With 404.
    pub(super) missing: f64,
}

/// The 99th percentile of the times of a tenant's changes.
#[derive(Debug, Deserialize)]
pub(super) struct Locked {
    /// While another tenant calls, too.
    pub(super) quiet_ms: f64,
    /// While another session holds the chain of that other tenant.
    pub(super) held_ms: f64,
}

/// Measures the database and the audit.
pub(super) async fn take_upkeep(programs: &Programs) -> Result<Upkeep> {
    programs.run_measurement("upkeep").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_output_about_operations_is_parsed() {
        let text = r#"{"operations":[{"name":"apps.list ","calls":[1,1],"bytes":[9,10],
            "millis":[1.5,1.6]}],"grown_kib":{"few":3,"many":4},"polling":{"agents":100,
            "interval":5,"seconds":150,"polls":2000,"failed":0,"deployments":15,"calls":400,
            "refused":0,"slowest":1.2,"oldest":3.4}}"#;
        let costs: Costs = serde_json::from_str(text).unwrap();
        assert_eq!((costs.operations[0].calls, costs.polling.agents), ([1, 1], 100));
    }

    #[test]
    fn calls_in_sequence_are_bounded_by_the_elapsed_time() {
        let one = |millis: f64| SequentialRuns { millis: vec![millis, 9999.0], calls: 17 };
        assert_eq!(one(980.0).in_sequence(50), 17);
        assert_eq!(one(640.0).in_sequence(50), 12);
        assert_eq!(one(10.0).in_sequence(50), 0);
    }

    #[test]
    fn the_json_output_about_provisioning_is_parsed() {
        let text = r#"{"latency_ms":50,"one":{"millis":[978.7],"calls":17},
            "many":{"millis":5442.1,"workspaces":100},"statements":{"a call":[4,9]}}"#;
        let figures: Figures = serde_json::from_str(text).unwrap();
        assert_eq!((figures.many.workspaces, figures.statements["a call"]), (100, [4, 9]));
    }

    #[test]
    fn the_json_output_about_the_database_is_parsed() {
        let text = r#"{"answers":{"found":3000.5,"missing":2990.0},"entry_bytes":600,
            "locked":{"quiet_ms":4.5,"held_ms":4.6}}"#;
        let upkeep: Upkeep = serde_json::from_str(text).unwrap();
        assert_eq!((upkeep.entry_bytes, upkeep.locked.held_ms), (600, 4.6));
    }
}
