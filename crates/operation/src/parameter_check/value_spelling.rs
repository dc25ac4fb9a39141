//! The usual other spellings of values: `"50"` for a number, `"true"` for a boolean, 50 or true for a text, the
//! JSON of an array or an object as a text, `Postgres` for `postgresql`, an object for a list of named items,
//! and an empty string for a parameter that is left out.
//!
//! Every surface accepts them, because some clients send all values as strings, others send texts that look
//! like numbers as numbers, and some fill in every parameter of a form. The call goes on with the declared
//! form, which the audit records too.

use serde_json::{Number, Value, json};

use super::schema_node::{Node, Words};
use crate::json_flaws::{JsonFlaw, find_flaw_within};

/// The number of digits that survive every reader of JSON.
const EXACT_DIGITS: usize = 15;

/// Replaces the JSON text of an array or an object by its value if the schema expects one. A text stays a text,
/// whatever it contains, if the schema permits a text, and if it is nested more than 128 deep.
///
/// # Errors
///
/// A duplicate member in the text, and more values than are left for the texts of a call.
pub(super) fn unpack(
    node: &Node,
    value: &mut Value,
    values_left: &mut usize,
) -> Result<(), JsonFlaw> {
    let Value::String(text) = &*value else { return Ok(()) };
    let Some(fits) = expected_form(node) else { return Ok(()) };
    let flaw = find_flaw_within(text.as_bytes(), values_left);
    // Such a text is not even parsed. A duplicate member only counts in a text that is unpacked.
    if flaw == Some(JsonFlaw::TooManyValues) {
        return Err(JsonFlaw::TooManyValues);
    }
    let Some(unpacked) = serde_json::from_str::<Value>(text).ok().filter(fits) else {
        return Ok(());
    };
    if let Some(flaw) = flaw {
        return Err(flaw);
    }
    *value = unpacked;
    Ok(())
}

/// Returns the check of a value that was unpacked; `None` if the schema expects neither an array nor an object.
fn expected_form(node: &Node) -> Option<fn(&Value) -> bool> {
    let fits: fn(&Value) -> bool = match node {
        Node::Array { keyed: None, .. } => Value::is_array,
        Node::Array { keyed: Some(_), .. } => |value| value.is_array() || value.is_object(),
        Node::Object { is_switch: false, .. } => Value::is_object,
        Node::Object { is_switch: true, .. } => |value| value.is_object() || *value == false,
        _ => return None,
    };
    Some(fits)
}

/// Rewrites a value to the form that the schema declares, if it is another spelling of it. Any other value is left as
/// it is. Only the value itself is rewritten, not its members or items.
pub(super) fn canonicalize(node: &Node, value: &mut Value) {
    let declared = match (node, &*value) {
        (Node::Integer { .. }, Value::String(text)) => digits(text).map(Value::from),
        (Node::Integer { .. }, Value::Number(number)) => whole_number(number).map(Value::from),
        (Node::Boolean { .. }, Value::String(text)) => boolean(text).map(Value::from),
        (Node::Text { words, .. }, value) => {
            let written = scalar_text(value);
            let text = written.as_deref().or(value.as_str());
            text.and_then(|text| words.find_declared(text))
                .map(str::to_owned)
                .or(written)
                .map(Value::from)
        }
        (Node::Array { keyed: Some((name, member)), .. }, Value::Object(map)) => {
            let item = |(key, value): (&String, &Value)| json!({ name: key, member: value });
            Some(map.iter().map(item).collect())
        }
        _ => None,
    };
    if let Some(declared) = declared {
        *value = declared;
    }
}

/// Returns whether an optional value counts as omitted: `null`, or an empty string where the schema does not accept
/// one.
pub(super) fn is_left_out(node: &Node, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() && !accepts_empty(node),
        _ => false,
    }
}

fn accepts_empty(node: &Node) -> bool {
    match node {
        Node::Text { explicit: true, .. } | Node::Boolean { explicit: true } | Node::Any => true,
        Node::Text { min, pattern, words, .. } => {
            *min == 0
                && pattern.as_ref().is_none_or(|pattern| pattern.regex.is_match(""))
                && words.is_empty()
        }
        _ => false,
    }
}

/// Parses an integer in the form that JSON writes: without a plus sign and leading zeros.
fn digits(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

/// Converts a number such as `50.0` to the equal integer. JSON Schema does not distinguish the two.
fn whole_number(number: &Number) -> Option<i64> {
    let is_fraction = number.as_i64().is_none();
    number.as_f64().filter(|_| is_fraction)?.to_string().parse().ok()
}

/// Returns the text of a number or a boolean; `None` for a number that a reader may have rounded, and for any other
/// value.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(is) => Some(is.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            let digits = text.chars().filter(char::is_ascii_digit).count();
            let is_exact = digits <= EXACT_DIGITS && !text.contains('e') && text != "-0.0";
            (!number.is_f64() || is_exact).then_some(text)
        }
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

impl Words {
    /// Returns the declared word for a text that differs from it in case, hyphens, underscores or spaces, or that is an
    /// alias of it. `None` if the text is a declared word already, or if the word is unknown or ambiguous.
    fn find_declared(&self, text: &str) -> Option<&str> {
        let is_any = self.listed.is_empty() && self.aliases.is_empty();
        if is_any || self.listed.iter().any(|word| word == text) {
            return None;
        }
        let text = normalize_word(text);
        let aliased = self.aliases.iter().filter(|(alias, _)| normalize_word(alias) == text);
        let mut meant = self.listed.iter().filter(|word| normalize_word(word) == text);
        match (meant.next(), meant.next()) {
            (Some(word), None) => Some(word),
            (Some(_), Some(_)) => None,
            (None, _) => aliased.map(|(_, word)| word.as_str()).next(),
        }
    }
}

fn normalize_word(word: &str) -> String {
    word.chars().filter(|c| !"-_ ".contains(*c)).map(|c| c.to_ascii_lowercase()).collect()
}
