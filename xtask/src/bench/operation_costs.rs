//! The costs of operations at Coolify, measured by `costs` of testkit's example.

use anyhow::Result;
use serde::Deserialize;

use super::provisioning_and_call_costs;
use super::server::Programs;

/// The example's output.
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

/// Runs the example and reads its output.
pub(super) async fn take(programs: &Programs) -> Result<Costs> {
    provisioning_and_call_costs::run(programs, "costs").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_output_of_the_example_is_parsed() {
        let text = r#"{"operations":[{"name":"apps.list ","calls":[1,1],"bytes":[9,10],
            "millis":[1.5,1.6]}],"grown_kib":{"few":3,"many":4},"polling":{"agents":100,
            "interval":5,"seconds":150,"polls":2000,"failed":0,"deployments":15,"calls":400,
            "refused":0,"slowest":1.2,"oldest":3.4}}"#;
        let costs: Costs = serde_json::from_str(text).unwrap();
        assert_eq!((costs.operations[0].calls, costs.polling.agents), ([1, 1], 100));
    }
}
