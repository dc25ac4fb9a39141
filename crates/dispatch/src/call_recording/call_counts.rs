//! Counts of calls that ended, by tool and outcome, and their durations; never by caller.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::counters::{Count, Distribution, Durations};
use covibe_domain::{Failure, Kind, UNKNOWN_OUTCOME};

/// The outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Ok,
    /// It failed.
    Failed(Kind),
    /// It is unknown whether its change happened.
    Unknown,
    /// Its client disconnected before the end.
    Abandoned,
}

/// The number of outcomes.
const OUTCOMES: usize = Kind::ALL.len() + 3;

impl Outcome {
    /// Returns every outcome.
    pub fn all() -> impl Iterator<Item = Self> {
        let failed = Kind::ALL.into_iter().map(Self::Failed);
        [Self::Ok].into_iter().chain(failed).chain([Self::Unknown, Self::Abandoned])
    }

    /// Returns the outcome of a call with this answer.
    pub(crate) fn from_answer<T>(answer: &Result<T, Failure>) -> Self {
        match answer {
            Ok(_) => Self::Ok,
            Err(failure) if failure.outcome() == UNKNOWN_OUTCOME => Self::Unknown,
            Err(failure) => Self::Failed(failure.kind),
        }
    }

    /// Returns the word for it in the audit, the log and the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(kind) => kind.code(),
            Self::Unknown => UNKNOWN_OUTCOME,
            Self::Abandoned => "abandoned",
        }
    }

    /// Returns its index among the outcomes.
    fn number(self) -> usize {
        match self {
            Self::Ok => 0,
            Self::Failed(kind) => 1 + place(kind),
            Self::Unknown => OUTCOMES - 2,
            Self::Abandoned => OUTCOMES - 1,
        }
    }
}

/// Returns the index of a kind.
fn place(kind: Kind) -> usize {
    Kind::ALL.iter().position(|each| *each == kind).unwrap_or_default()
}

/// The tool name that calls of unknown tools are counted under.
pub const UNKNOWN: &str = "unknown";

/// The calls of every tool.
#[derive(Debug)]
pub struct CallCounts {
    tools: HashMap<&'static str, ToolCounts>,
    unknown: ToolCounts,
}

/// The calls of one tool.
#[derive(Debug, Default)]
pub struct ToolCounts {
    outcomes: [Count; OUTCOMES],
    durations: Durations,
}

impl CallCounts {
    /// Creates the counts of these tools.
    pub(crate) fn new(tools: impl Iterator<Item = &'static str>) -> Self {
        let tools = tools.map(|name| (name, ToolCounts::default())).collect();
        Self { tools, unknown: ToolCounts::default() }
    }

    /// Counts a call that ended.
    pub(crate) fn add(&self, tool: &str, outcome: Outcome, time: Duration) {
        let counts = self.tools.get(tool).unwrap_or(&self.unknown);
        if let Some(count) = counts.outcomes.get(outcome.number()) {
            count.add_one();
        }
        counts.durations.add(time);
    }

    /// Returns the name and the calls of each tool; calls of unknown tools are under [`UNKNOWN`].
    pub fn tools(&self) -> impl Iterator<Item = (&'static str, &ToolCounts)> {
        let known = self.tools.iter().map(|(name, counts)| (*name, counts));
        known.chain([(UNKNOWN, &self.unknown)])
    }
}

impl ToolCounts {
    /// Returns the number of calls with each outcome.
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> {
        Outcome::all().zip(self.outcomes.iter().map(Count::get))
    }

    /// Returns the durations of the calls.
    pub fn durations(&self) -> Distribution {
        self.durations.read()
    }
}

/// Requests that were refused before their call was read, by the kind of the failure.
#[derive(Debug, Default)]
pub struct RefusalCounts([Count; Kind::ALL.len()]);

impl RefusalCounts {
    pub(crate) fn add(&self, kind: Kind) {
        if let Some(count) = self.0.get(place(kind)) {
            count.add_one();
        }
    }

    /// Returns the number of requests that were refused with this kind of failure.
    pub fn get(&self, kind: Kind) -> u64 {
        self.0.get(place(kind)).map_or(0, Count::get)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_for_its_tool_and_outcome() {
        let counts = CallCounts::new(["apps.get", "apps.list"].into_iter());
        for outcome in Outcome::all() {
            counts.add("apps.get", outcome, Duration::from_millis(3));
        }
        counts.add("apps.get\n", Outcome::Failed(Kind::NotFound), Duration::ZERO);
        let of = |name| counts.tools().find(|(each, _)| *each == name).unwrap().1;
        assert!(of("apps.get").outcomes().all(|(_, count)| count == 1));
        assert_eq!(of("apps.get").durations().count(), OUTCOMES as u64);
        assert!(of("apps.list").outcomes().all(|(_, count)| count == 0));
        let unknown: Vec<_> = of(UNKNOWN).outcomes().filter(|(_, count)| *count > 0).collect();
        assert_eq!(unknown, [(Outcome::Failed(Kind::NotFound), 1)]);
    }

    #[test]
    fn an_answer_in_doubt_counts_as_unknown() {
        let doubt = Failure::unready("The database did not answer.").in_doubt();
        assert_eq!(Outcome::from_answer::<()>(&Err(doubt)).as_str(), "unknown");
        assert_eq!(Outcome::from_answer::<()>(&Err(Failure::unready("No."))).as_str(), "unready");
        assert_eq!(Outcome::from_answer(&Ok(())).as_str(), "ok");
    }

    #[test]
    fn every_kind_of_refusal_has_its_own_count() {
        let counts = RefusalCounts::default();
        for kind in Kind::ALL {
            counts.add(kind);
        }
        assert!(Kind::ALL.into_iter().all(|kind| counts.get(kind) == 1));
    }
}
