//! The wording of problems.

use covibe_domain::names;
use serde_json::Value;

use super::schema_node::Node;

/// The maximum length of a candidate that is compared with a name, in bytes.
const LONGEST: usize = 128;

/// The maximum total length of the candidates that are compared with a name, in bytes. A comparison takes as many steps
/// as the name has characters for each of theirs, and the names of branches and files are up to tenants.
const COMPARED: usize = 64 << 10;

/// Returns the candidate that a misspelled name most likely means. Candidates of more than 128 bytes, and those beyond
/// 64 KiB in total, are not compared.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', '.'], "");
    let name = plain(&quotable_name(name));
    let scored =
        within_limits(candidates).map(|each| (strsim::jaro_winkler(&name, &plain(each)), each));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score >= 0.8).map(|(_, each)| each)
}

/// Returns the candidates that a name may mean, the most similar first: those that contain it, and those
/// that are written alike. Candidates of more than 128 bytes, and those beyond 64 KiB in total, are not compared.
pub fn similar_names<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let name = quotable_name(name).to_lowercase();
    let scored = within_limits(candidates).map(|each| {
        let likeness = strsim::jaro_winkler(&name, &each.to_lowercase());
        let contains = name.len() > 2 && each.contains(&name);
        (if contains { 1.0 + likeness } else { likeness }, each)
    });
    let mut scored: Vec<_> = scored.filter(|(score, _)| *score >= 0.8).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(most).map(|(_, each)| each).collect()
}

/// Returns the candidates that are short enough, the first of them up to the limit of all.
fn within_limits<'a>(candidates: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let short = candidates.filter(|each| each.len() <= LONGEST);
    short.scan(0, |total, each| {
        *total += each.len();
        (*total <= COMPARED).then_some(each)
    })
}

/// Returns a name from the caller's input in a form that is safe to repeat: at most 64 characters,
/// without control characters and backticks.
pub fn quotable_name(name: &str) -> String {
    // Messages quote it in backticks.
    names::displayable(&name.replace('`', ""), 64)
}

/// Describes the bounds of an integer.
pub(super) fn range(min: i64, max: i64) -> String {
    match (min, max) {
        (i64::MIN, i64::MAX) => String::new(),
        (min, i64::MAX) => format!(" from {min}"),
        (i64::MIN, max) => format!(" up to {max}"),
        (min, max) => format!(" from {min} to {max}"),
    }
}

/// Describes what a node expects.
pub(super) fn describe_expected(node: &Node) -> &'static str {
    match node {
        Node::Object { .. } => "an object",
        Node::Array { .. } => "an array",
        Node::Text { .. } | Node::Instant => "a string",
        Node::Integer { .. } => "a whole number",
        Node::Boolean { .. } => "true or false",
        Node::Any => "any value",
    }
}

/// Describes a value's type.
pub(super) fn describe_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn long_candidates_and_those_beyond_the_limit_are_not_compared() {
        let long = format!("main{}", "n".repeat(LONGEST));
        assert_eq!(nearest("mian", [&*long, "main"].into_iter()), Some("main"));
        assert_eq!(similar_names("main", [&*long, "main"].into_iter(), 5), ["main"]);
        let (name, taken) = ("x".repeat(LONGEST), Cell::new(0));
        let many = || std::iter::repeat_n(&*name, 1 << 20).inspect(|_| taken.set(taken.get() + 1));
        assert_eq!(nearest("main", many()), None);
        assert!(similar_names("main", many(), 5).is_empty());
        assert!(taken.get() <= 2 * (COMPARED / LONGEST + 1), "{}", taken.get());
    }
}
