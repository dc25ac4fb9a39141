//! Everything that is wrong with a file, and the failure that tells of it.

use covibe_domain::{Failure, names};
use serde_json::{Value, json};

/// How many problems a failure lists.
const LISTED: usize = 10;

/// Where in the file something stands, like `services.db.volumes[0]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place(String);

impl Place {
    /// The file as a whole, and the parent of its top level.
    pub(crate) fn file() -> Self {
        Self(String::new())
    }

    /// A line, from 1, where no path is known.
    pub(crate) fn line(number: usize) -> Self {
        Self(format!("line {number}"))
    }

    /// A member of what stands there.
    pub(crate) fn key(&self, key: &str) -> Self {
        let dot = if self.0.is_empty() { "" } else { "." };
        Self(format!("{}{dot}{}", self.0, names::shown(key, 64)))
    }

    /// An item of the list that stands there, from 0.
    pub(crate) fn at(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    fn shown(&self) -> &str {
        if self.0.is_empty() { "composeRaw" } else { &self.0 }
    }
}

struct Problem {
    place: Place,
    text: String,
    fix: Option<String>,
    escapes: bool,
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Report {
    problems: Vec<Problem>,
}

impl Report {
    /// Something that would reach out of the workspace: 403.
    pub(crate) fn forbid(&mut self, place: &Place, problem: impl Into<String>, fix: Option<&str>) {
        self.add(place, problem.into(), fix, true);
    }

    /// Something that is malformed or not taken: 400.
    pub(crate) fn reject(&mut self, place: &Place, problem: impl Into<String>, fix: Option<&str>) {
        self.add(place, problem.into(), fix, false);
    }

    /// How many problems there are so far.
    pub(crate) fn count(&self) -> usize {
        self.problems.len()
    }

    fn add(&mut self, place: &Place, text: String, fix: Option<&str>, escapes: bool) {
        let (place, fix) = (place.clone(), fix.map(str::to_owned));
        self.problems.push(Problem { place, text, fix, escapes });
    }

    /// The failure, when there was a problem: what escapes comes first, and makes it a 403.
    pub(crate) fn failure(mut self) -> Option<Failure> {
        self.problems.sort_by_key(|problem| !problem.escapes);
        let first = self.problems.first()?;
        let message = format!("composeRaw is refused at {}: {}.", first.place.shown(), first.text);
        let failure =
            if first.escapes { Failure::forbidden(message) } else { Failure::invalid(message) };
        let listed: Vec<_> = self.problems.iter().take(LISTED).map(Problem::json).collect();
        let mut failure = failure
            .detail("path", first.place.shown())
            .detail("problems", listed)
            .hint(first.fix.as_deref().unwrap_or("Remove it, or correct it as the problem says."));
        if self.problems.len() > LISTED {
            failure = failure.detail("moreProblems", self.problems.len() - LISTED);
        }
        Some(failure)
    }
}

impl Problem {
    fn json(&self) -> Value {
        let mut json = json!({ "path": self.place.shown(), "problem": self.text });
        if let Some(fix) = &self.fix {
            json["fix"] = json!(fix);
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_escapes_comes_first() {
        let mut report = Report::default();
        report.reject(&Place::file().key("a"), "it is odd", None);
        report.forbid(&Place::file().key("b").key("c").at(1), "it escapes", Some("Don't."));
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.status(), 403);
        assert_eq!(failure.message, "composeRaw is refused at b.c[1]: it escapes.");
        assert_eq!(failure.hint.as_deref(), Some("Don't."));
        assert_eq!(failure.details["path"], "b.c[1]");
        assert_eq!(failure.details["problems"][1], json!({ "path": "a", "problem": "it is odd" }));
        assert!(Report::default().failure().is_none());
    }

    #[test]
    fn ten_are_listed() {
        let mut report = Report::default();
        (0..25).for_each(|_| report.reject(&Place::file(), "it is odd", None));
        let failure = report.failure().unwrap();
        assert_eq!(failure.kind.status(), 400);
        assert_eq!(failure.details["problems"].as_array().unwrap().len(), 10);
        assert_eq!(failure.details["moreProblems"], 15);
    }
}
