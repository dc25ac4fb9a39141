//! The bodies of requests: their form, and tables of the fields that they may have, checked in Laravel's words.

use serde_json::Value;

use crate::coolify::Version;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, boolean, text};
use crate::core::request_types::{Reply, Request};

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

/// The values that a field accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A text.
    Text,
    /// A text of at most that many characters.
    Short(usize),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Laravel's boolean: true, false, and 0 or 1 as a number or text.
    Bool,
    /// A number, or a text that is one.
    Number,
    /// An array.
    Array,
    /// `^\d+(,\d+)*$`.
    Ports,
    /// A command without backticks.
    Command,
    /// An absolute path of letters, digits and `._-/~@+`.
    Folder,
}

/// A field of a table.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) rule: Rule,
    /// The first release that has it.
    pub(crate) since: Version,
}

/// Returns a field of a table.
pub(crate) const fn field(name: &'static str, rule: Rule, since: Version) -> Field {
    Field { name, rule, since }
}

impl Rule {
    /// Returns the rule of a release: before 4.2, commands and folders are any texts.
    fn at(self, version: Version) -> Self {
        match self {
            Self::Command | Self::Folder if version < Version::V4_3 => Self::Text,
            rule => rule,
        }
    }

    /// Returns Laravel's complaint about a value, if there is one.
    pub(crate) fn complaint(self, name: &str, value: &Value) -> Option<String> {
        let name = name.replace('_', " ");
        let is_number = || match value {
            Value::Number(_) => true,
            Value::String(text) => text.parse::<f64>().is_ok(),
            _ => false,
        };
        let is_good = match self {
            _ if value.is_null() => true,
            Self::Text => value.is_string(),
            Self::Short(max) => return length_complaint(&name, value, max),
            Self::OneOf(known) => value.as_str().is_some_and(|text| known.contains(&text)),
            Self::Bool => boolean(value).is_some(),
            Self::Number => is_number(),
            Self::Array => value.is_array(),
            Self::Ports => value.as_str().is_some_and(is_port_list),
            Self::Command => value.as_str().is_some_and(|text| !text.contains('`')),
            Self::Folder => value.as_str().is_some_and(is_folder),
        };
        (!is_good).then(|| self.message(&name))
    }

    fn message(self, name: &str) -> String {
        match self {
            Self::Text | Self::Short(_) => format!("The {name} field must be a string."),
            Self::OneOf(_) => format!("The selected {name} is invalid."),
            Self::Bool => format!("The {name} field must be true or false."),
            Self::Number => format!("The {name} field must be a number."),
            Self::Array => format!("The {name} field must be an array."),
            Self::Ports | Self::Command | Self::Folder => {
                format!("The {name} field format is invalid.")
            }
        }
    }
}

fn length_complaint(name: &str, value: &Value, max: usize) -> Option<String> {
    match value.as_str() {
        None => Some(Rule::Text.message(name)),
        Some(text) if text.chars().count() > max => {
            Some(format!("The {name} field must not be greater than {max} characters."))
        }
        Some(_) => None,
    }
}

fn is_folder(text: &str) -> bool {
    text.starts_with('/')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/~@+".contains(&b))
}

fn is_port_list(text: &str) -> bool {
    text.split(',').all(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Checks every member of a body: that a table has it in this release, and its value.
pub(crate) fn check(body: &Object, tables: &[&[Field]], version: Version, errors: &mut Errors) {
    for (name, value) in body {
        let field = tables.iter().flat_map(|table| table.iter()).find(|field| field.name == name);
        match field.filter(|field| version >= field.since) {
            None => errors.add(name, "This field is not allowed."),
            Some(field) => {
                if let Some(complaint) = field.rule.at(version).complaint(name, value) {
                    errors.add(name, &complaint);
                }
            }
        }
    }
}

/// Complains about each of `names` that is absent or empty.
pub(crate) fn require(body: &Object, names: &[&str], errors: &mut Errors) {
    for name in names {
        if text(body, name).is_none_or(str::is_empty) {
            errors.add(name, &format!("The {} field is required.", name.replace('_', " ")));
        }
    }
}
