//! The wording of problems.

use covibe_domain::names;
use serde_json::Value;

use super::schema_node::Node;

/// Returns the candidate that a misspelled name most likely means.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', '.'], "");
    let name = plain(&quotable_name(name));
    let scored = candidates.map(|each| (strsim::jaro_winkler(&name, &plain(each)), each));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score >= 0.8).map(|(_, each)| each)
}

/// Returns the candidates that a name may mean, the most similar first: those that contain it, and those
/// that are written alike.
pub fn similar_names<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let name = quotable_name(name).to_lowercase();
    let scored = candidates.map(|each| {
        let likeness = strsim::jaro_winkler(&name, &each.to_lowercase());
        let contains = name.len() > 2 && each.contains(&name);
        (if contains { 1.0 + likeness } else { likeness }, each)
    });
    let mut scored: Vec<_> = scored.filter(|(score, _)| *score >= 0.8).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(most).map(|(_, each)| each).collect()
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
