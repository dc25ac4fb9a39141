//! Bodies: the checks every create and PATCH begins with, and fields against their tables.

use serde_json::{Map, Value};

use super::Version;
use super::errors::{self, Errors};
use crate::wire::{Reply, Request};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The body as `validateIncomingRequest` takes it: said to be JSON, JSON, not empty.
pub(super) fn object(request: &Request) -> Result<Object, Reply> {
    if !request.says_json() {
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

/// What Laravel does to every text before anybody sees it: trimmed, and null when nothing is left.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) if text.trim().is_empty() => *value = Value::Null,
        Value::String(text) => *text = text.trim().to_owned(),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(members) => members.values_mut().for_each(clean),
        _ => {}
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// A text.
    Text,
    /// A text of at most so many characters.
    Short(usize),
    /// A text that is one of these.
    OneOf(&'static [&'static str]),
    /// Laravel's boolean: true, false, and 0 or 1 as number or text.
    Bool,
    /// A number, or a text that is one.
    Number,
    /// An array.
    Array,
    /// `^\d+(,\d+)*$`.
    Ports,
}

/// A field of a table: its name, what it takes, and since which release it exists.
pub(super) struct Field(pub(super) &'static str, pub(super) Rule, pub(super) Version);

impl Rule {
    /// What is wrong with a value, in Laravel's words.
    pub(super) fn complaint(self, name: &str, value: &Value) -> Option<String> {
        let name = name.replace('_', " ");
        let is_number = || match value {
            Value::Number(_) => true,
            Value::String(text) => text.parse::<f64>().is_ok(),
            _ => false,
        };
        let good = match self {
            _ if value.is_null() => true,
            Self::Text => value.is_string(),
            Self::Short(most) => return too_long(&name, value, most),
            Self::OneOf(known) => value.as_str().is_some_and(|text| known.contains(&text)),
            Self::Bool => boolean(value).is_some(),
            Self::Number => is_number(),
            Self::Array => value.is_array(),
            Self::Ports => value.as_str().is_some_and(is_ports),
        };
        (!good).then(|| self.words(&name))
    }

    fn words(self, name: &str) -> String {
        match self {
            Self::Text | Self::Short(_) => format!("The {name} field must be a string."),
            Self::OneOf(_) => format!("The selected {name} is invalid."),
            Self::Bool => format!("The {name} field must be true or false."),
            Self::Number => format!("The {name} field must be a number."),
            Self::Array => format!("The {name} field must be an array."),
            Self::Ports => format!("The {name} field format is invalid."),
        }
    }
}

fn too_long(name: &str, value: &Value, most: usize) -> Option<String> {
    match value.as_str() {
        None => Some(Rule::Text.words(name)),
        Some(text) if text.chars().count() > most => {
            Some(format!("The {name} field must not be greater than {most} characters."))
        }
        Some(_) => None,
    }
}

/// Laravel's reading of a boolean.
pub(super) fn boolean(value: &Value) -> Option<bool> {
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

fn is_ports(text: &str) -> bool {
    text.split(',').all(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Looks at every member of a body: its rule, and whether some table has it at all.
pub(super) fn check(body: &Object, tables: &[&[Field]], version: Version, errors: &mut Errors) {
    for (name, value) in body {
        let field = tables.iter().flat_map(|table| table.iter()).find(|field| field.0 == name);
        match field.filter(|field| version >= field.2) {
            None => errors.add(name, "This field is not allowed."),
            Some(field) => {
                if let Some(complaint) = field.1.complaint(name, value) {
                    errors.add(name, &complaint);
                }
            }
        }
    }
}

/// Complains of each of `names` that is absent or empty.
pub(super) fn require(body: &Object, names: &[&str], errors: &mut Errors) {
    for name in names {
        if text(body, name).is_none_or(str::is_empty) {
            errors.add(name, &format!("The {} field is required.", name.replace('_', " ")));
        }
    }
}

/// A member as text.
pub(super) fn text<'a>(body: &'a Object, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

/// A member as a switch; off when it is absent.
pub(super) fn is_on(body: &Object, name: &str) -> bool {
    body.get(name).and_then(boolean).unwrap_or(false)
}
