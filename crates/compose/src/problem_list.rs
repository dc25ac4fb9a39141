//! All problems of a file, and the failure that lists them.

use covibe_domain::{Failure, Kind};
use serde_json::{Value, json};

use crate::file_location::Location;
use crate::operator_rules::Rules;
use crate::problem::Problem;

/// The number of problems that a failure lists.
const LISTED: usize = 50;

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Report {
    problems: Vec<(Location, Problem)>,
    pub(crate) rules: Rules,
    /// True if the text could not be read.
    pub(crate) is_unreadable: bool,
}

impl Report {
    /// Returns an empty report, for a judgement by these rules.
    pub(crate) fn with(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Adds a problem.
    pub(crate) fn add(&mut self, location: &Location, problem: Problem) {
        self.problems.push((location.clone(), problem));
    }

    /// Returns the number of problems so far.
    pub(crate) fn count(&self) -> usize {
        self.problems.len()
    }

    /// Keeps only the problems of parts that would reach beyond the workspace.
    pub(crate) fn keep_escapes(&mut self) {
        self.problems.retain(|(_, problem)| problem.is_escape);
    }

    /// Returns the locations of the problems.
    pub(crate) fn locations(&self) -> impl Iterator<Item = &Location> {
        self.problems.iter().map(|(location, _)| location)
    }

    /// Returns the failure, if there was a problem: 422 with those of a rule first, or 400 for a
    /// text that can't be read as YAML.
    pub(crate) fn failure(mut self) -> Option<Failure> {
        self.problems.sort_by_key(|(_, problem)| !problem.is_escape);
        let (location, first) = self.problems.first()?;
        let message = format!("`composeRaw` is refused at {location}: {}.", first.text);
        let kind = if self.is_unreadable { Kind::Invalid } else { Kind::Rejected };
        let failure = Failure::new(kind, message);
        let listed: Vec<_> = self.problems.iter().take(LISTED).map(problem_json).collect();
        let mut failure = failure
            .detail("path", location.to_string())
            .detail("problems", listed)
            .hint(first.fix.as_deref().unwrap_or("Correct the value, or remove it."));
        if self.problems.len() > LISTED {
            failure = failure.detail("moreProblems", self.problems.len() - LISTED);
        }
        Some(failure)
    }
}

fn problem_json((location, problem): &(Location, Problem)) -> Value {
    let mut json = json!({ "path": location.to_string(), "problem": problem.text });
    if let Some(fix) = &problem.fix {
        json["fix"] = json!(fix);
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_lists_forbidden_problems_before_invalid_ones() {
        let mut report = Report::default();
        report.add(&Location::file().key("a"), Problem::invalid("it is odd"));
        let escape = Problem::forbidden("it escapes").fix("Don't.");
        report.add(&Location::file().key("b").key("c").item(1), escape);
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.status(), 422);
        assert_eq!(failure.message, "`composeRaw` is refused at b.c[1]: it escapes.");
        assert_eq!(failure.hint.as_deref(), Some("Don't."));
        assert_eq!(failure.details["path"], "b.c[1]");
        assert_eq!(failure.details["problems"][1], json!({ "path": "a", "problem": "it is odd" }));
        assert!(Report::default().failure().is_none());
    }

    #[test]
    fn a_failure_lists_at_most_fifty_problems_and_counts_the_rest() {
        let mut report = Report::default();
        (0..65).for_each(|_| report.add(&Location::file(), Problem::invalid("it is odd")));
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.status(), 422);
        assert_eq!(failure.details["problems"].as_array().unwrap().len(), 50);
        assert_eq!(failure.details["moreProblems"], 15);
    }
}
