//! Measures the calls and bytes of a server at its upstreams, alone and beside thousands of workspaces of others, measured by testkit's example.

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::measured_programs::Programs;

/// The example's output.
#[derive(Debug, Deserialize)]
pub(super) struct Scale {
    /// The workspaces of others.
    pub(super) workspaces: usize,
    pub(super) steps: Vec<Step>,
}

/// A step, alone and beside the workspaces.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) calls: [usize; 2],
    /// True if the calls are the same, and not only as many.
    same: bool,
    pub(super) bytes: [u64; 2],
    pub(super) millis: [f64; 2],
}

/// Runs the example and reads its output.
pub(super) async fn take(programs: &Programs) -> Result<Scale> {
    programs.run_measurement("scale").await
}

/// Prints the table.
///
/// # Errors
///
/// A step costs more beside others.
pub(super) fn report(scale: &Scale) -> Result<()> {
    let Scale { workspaces, steps } = scale;
    println!("\nA server at its upstreams, alone and alongside {workspaces} workspaces of others");
    println!("  {:<20}{:>10}{:>20}{:>8}{:>20}{:>8}", "", "calls", "bytes", "ratio", "ms", "ratio");
    for step in steps {
        println!("  {}", line(step));
    }
    let grown: Vec<_> = steps.iter().filter(|step| step.has_grown()).map(|it| &*it.name).collect();
    ensure!(grown.is_empty(), "more calls or bytes alongside others: {}", grown.join(", "));
    Ok(())
}

fn line(step: &Step) -> String {
    let Step { name, calls: [few, many], bytes: [small, large], millis: [short, long], .. } = step;
    let (calls, bytes) = (format!("{few} {many}"), format!("{small} {large}"));
    let (millis, ratio) = (format!("{short:.0} {long:.0}"), long / short);
    let bytes_ratio = step.bytes_ratio();
    format!("{name:<20}{calls:>10}{bytes:>20}{bytes_ratio:>8.2}{millis:>20}{ratio:>8.2}")
}

impl Step {
    fn bytes_ratio(&self) -> f64 {
        let [small, large] =
            self.bytes.map(|bytes| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)));
        large / small.max(1.0)
    }

    /// Numeric ids are longer beside others.
    fn has_grown(&self) -> bool {
        !self.same || self.bytes_ratio() > 1.05
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(same: bool, bytes: [u64; 2]) -> Step {
        Step { name: "start".to_owned(), calls: [9, 9], same, bytes, millis: [1.0, 2.0] }
    }

    #[test]
    fn a_step_that_costs_more_with_many_workspaces_is_reported() {
        let report = |step| report(&Scale { workspaces: 10, steps: vec![step] });
        report(step(true, [1_000, 1_040])).unwrap();
        for grown in [step(true, [1_000, 1_100]), step(false, [1_000, 1_000])] {
            assert!(report(grown).unwrap_err().to_string().ends_with(": start"));
        }
    }

    #[test]
    fn a_line_contains_both_figures_and_their_ratio() {
        let words = line(&step(true, [1_000, 1_500]));
        let words: Vec<_> = words.split_whitespace().collect();
        assert_eq!(words, ["start", "9", "9", "1000", "1500", "1.50", "1", "2", "2.00"]);
    }
}
