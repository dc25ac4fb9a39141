//! The costs of the database and the audit for an operator, measured by `upkeep` of testkit's
//! example.

use anyhow::Result;
use serde::Deserialize;

use super::provisioning_and_call_costs;
use super::server::Programs;

/// The example's output.
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

/// Runs the example and reads its output.
pub(super) async fn take(programs: &Programs) -> Result<Upkeep> {
    provisioning_and_call_costs::run(programs, "upkeep").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_output_of_the_example_is_parsed() {
        let text = r#"{"answers":{"found":3000.5,"missing":2990.0},"entry_bytes":600,
            "locked":{"quiet_ms":4.5,"held_ms":4.6}}"#;
        let upkeep: Upkeep = serde_json::from_str(text).unwrap();
        assert_eq!((upkeep.entry_bytes, upkeep.locked.held_ms), (600, 4.6));
    }
}
