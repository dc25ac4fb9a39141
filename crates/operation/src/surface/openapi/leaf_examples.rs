//! Examples of values that have no members.

use serde_json::{Value, json};

/// Returns the example of a schema without members, if one follows from the schema.
pub(super) fn leaf(schema: &Value) -> Option<Value> {
    if let Some(word) = schema["enum"].get(0) {
        return Some(word.clone());
    }
    match kind(schema) {
        "boolean" => Some(json!(true)),
        "integer" => Some(schema.get("minimum").cloned().unwrap_or_else(|| json!(1))),
        "string" if schema["format"] == "date-time" => Some(json!("2026-11-20T08:00:00Z")),
        _ => None,
    }
}

/// Returns the type of a schema, the first one if it has several.
pub(super) fn kind(schema: &Value) -> &str {
    let first = schema["type"].get(0).unwrap_or(&schema["type"]);
    first.as_str().unwrap_or_default()
}
