//! Values as Coolify has them: JSON objects, whose members Laravel reads, and ids.

use serde_json::{Map, Value};

use crate::core::random;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// Returns the members of a JSON object; empty for any other value.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Returns a member as text.
pub(crate) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// Returns a member as a switch; off when it is absent.
pub(crate) fn is_on(object: &Object, name: &str) -> bool {
    object.get(name).and_then(boolean).unwrap_or(false)
}

/// Reads Laravel's boolean: true, false, and 0 or 1 as a number or text.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(bool) => Some(*bool),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) if text == "1" => Some(true),
        Value::String(text) if text == "0" => Some(false),
        _ => None,
    }
}

/// Returns a random uuid: 24 of `[a-z0-9]`.
pub(crate) fn random_uuid() -> String {
    random::lowercase_alphanumeric(24)
}
