//! Calls, their fields, and the rule that each field's value has to meet.

use covibe_upstream::Fields;
use serde_json::Value;

use super::patterns;

/// The message about a field that is not on the list.
pub const UNLISTED: &str = "This field is not sent.";

/// A call with a query or a body. A call that is not on the list has neither.
#[derive(Debug)]
pub struct Call {
    /// The HTTP method.
    pub method: &'static str,
    /// The path's template, below `/api/v1`.
    pub path: &'static str,
    /// The query's parameters, as their texts.
    pub query: &'static [Field],
    /// The members of the JSON body that other calls have too, in groups.
    pub body: &'static [&'static [Field]],
    /// The members that only this call has.
    pub own: &'static [Field],
}

impl Call {
    /// Returns the members of the JSON body.
    pub fn members(&self) -> impl Iterator<Item = &'static Field> {
        self.body.iter().copied().flatten().chain(self.own)
    }
}

/// A field: its name at Coolify, and the rule for its value. No field is required.
#[derive(Debug)]
pub struct Field(pub &'static str, pub Rule);

/// A type with its limits.
#[derive(Debug)]
pub enum Rule {
    /// True or false; in a query the same as words.
    Flag,
    /// A whole number within these bounds.
    Number(i64, i64),
    /// The same as a text, or null for none.
    OptionalNumber(i64, i64),
    /// A text of at most so many characters, all of which match this pattern.
    Text(usize, &'static str),
    /// The same, and none of it matches the second pattern.
    Except(usize, &'static str, &'static str),
    /// At most so many objects with these members, in groups.
    List(usize, &'static [&'static [Field]]),
}

impl Rule {
    /// Adds the complaints about a value.
    pub(super) fn check(&self, name: &str, value: &Value, fields: &mut Fields) {
        match (self, value) {
            (Self::Flag, Value::Bool(_)) | (Self::OptionalNumber(..), Value::Null) => {}
            (Self::Flag, Value::String(word)) if matches!(word.as_str(), "true" | "false") => {}
            (Self::Number(min, max), Value::Number(number))
                if number.as_i64().is_some_and(|number| (*min..=*max).contains(&number)) => {}
            (Self::Number(min, max), Value::String(digits))
                if digits.parse().is_ok_and(|number| (*min..=*max).contains(&number)) => {}
            (Self::OptionalNumber(min, max), Value::String(digits))
                if digits.parse().is_ok_and(|number| (*min..=*max).contains(&number)) => {}
            (Self::Text(max, pattern), Value::String(text))
                if text.chars().count() <= *max && patterns::matches(pattern, text) => {}
            (Self::Except(max, pattern, bad), Value::String(text))
                if text.chars().count() <= *max
                    && patterns::matches(pattern, text)
                    && !patterns::matches(bad, text) => {}
            (Self::List(max, of), Value::Array(items)) if items.len() <= *max => {
                for item in items {
                    check_item(name, of, item, fields);
                }
            }
            _ => fields.add(name, &self.requirement()),
        }
    }

    fn requirement(&self) -> String {
        match self {
            Self::Flag => "It must be true or false.".to_owned(),
            Self::Number(min, max) | Self::OptionalNumber(min, max) => {
                format!("It must be a whole number from {min} to {max}.")
            }
            Self::Text(max, pattern) => {
                format!("It must be a string of at most {max} characters that matches {pattern}")
            }
            Self::Except(max, pattern, bad) => {
                format!(
                    "It must be a string of at most {max} characters that matches {pattern}, not {bad}"
                )
            }
            Self::List(max, _) => format!("It must be a list of at most {max} items."),
        }
    }
}

fn check_item(name: &str, of: &[&[Field]], item: &Value, fields: &mut Fields) {
    let Value::Object(members) = item else {
        return fields.add(name, "It must be a list of objects.");
    };
    for (member, value) in members {
        match of.iter().copied().flatten().find(|field| field.0 == member) {
            Some(Field(known, rule)) => rule.check(&format!("{name}.{known}"), value, fields),
            None => fields.add(name, UNLISTED),
        }
    }
}
