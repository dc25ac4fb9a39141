//! How mistakes are worded.

use covibe_domain::names;
use serde_json::Value;

use super::Node;

/// The candidate that is most likely meant by a misspelt name.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', '.'], "");
    let name = plain(&shown(name));
    let scored = candidates.map(|each| (strsim::jaro_winkler(&name, &plain(each)), each));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score >= 0.8).map(|(_, each)| each)
}

/// A name out of the caller's input, fit to be shown back to it.
pub(crate) fn shown(name: &str) -> String {
    // Without the marks that it will stand between.
    names::shown(&name.replace('`', ""), 64)
}

/// The bounds of a whole number.
pub(super) fn range(min: i64, max: i64) -> String {
    match (min, max) {
        (i64::MIN, i64::MAX) => String::new(),
        (min, i64::MAX) => format!(" from {min}"),
        (i64::MIN, max) => format!(" up to {max}"),
        (min, max) => format!(" from {min} to {max}"),
    }
}

/// What a schema's node wants.
pub(super) fn wanted(node: &Node) -> &'static str {
    match node {
        Node::Object { .. } => "an object",
        Node::Array { .. } => "an array",
        Node::Text { .. } | Node::Moment => "a string",
        Node::Integer { .. } => "a whole number",
        Node::Boolean => "true or false",
        Node::Any => "any value",
    }
}

/// What a value is.
pub(super) fn got(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
