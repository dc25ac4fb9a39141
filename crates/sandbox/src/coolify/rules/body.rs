//! The checks of a body that every creation and PATCH begins with.

use serde_json::Value;

use crate::coolify::errors;
use crate::coolify::values::Object;
use crate::core::wire::{Reply, Request};

/// Returns the body as `validateIncomingRequest` accepts it: a non-empty object with a JSON media
/// type.
pub(crate) fn object(request: &Request) -> Result<Object, Reply> {
    if !request.has_json_type() {
        return Err(errors::bad_request("Content-Type must be application/json."));
    }
    match request.json() {
        None => Err(errors::bad_request("Invalid JSON.")),
        Some(Value::Object(mut object)) if !object.is_empty() => {
            object.values_mut().for_each(clean);
            Ok(object)
        }
        Some(_) => Err(errors::bad_request("Empty JSON.")),
    }
}

/// Does what Laravel does to every text of a request: trims it, and makes an empty one null.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) if trimmed(text).is_empty() => *value = Value::Null,
        Value::String(text) => *text = trimmed(text).to_owned(),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(members) => members.values_mut().for_each(clean),
        _ => {}
    }
}

/// Returns a text without what Laravel's `TrimStrings` removes from its ends.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '\u{200b}' | '\u{200e}')
    })
}
