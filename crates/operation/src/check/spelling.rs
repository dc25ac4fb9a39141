//! The usual other spellings of values: `"50"` for a number, `"true"` for a boolean, `Postgres` for
//! `postgresql`, an object for a list of named items, and an empty string for a parameter that is left out.
//!
//! Every surface accepts them, because some clients send all values as strings and fill in every
//! parameter of a form. The call goes on with the declared form, which the audit records too.

use serde_json::{Number, Value, json};

use super::node::{Node, Words};

/// Rewrites a value to the form that the schema declares, if it is another spelling of it. Any other
/// value stays as it is. Only the value itself is rewritten, not its members or items.
pub(super) fn canonicalize(node: &Node, value: &mut Value) {
    let declared = match (node, &*value) {
        (Node::Integer { .. }, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        (Node::Integer { .. }, Value::Number(number)) => whole(number).map(Value::from),
        (Node::Boolean { .. }, Value::String(text)) => boolean(text).map(Value::from),
        (Node::Text { words, .. }, Value::String(text)) => words.declared(text).map(Value::from),
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

/// Whether an optional value counts as left out: `null`, or an empty string where the schema has no use
/// for one.
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
                && pattern.as_ref().is_none_or(|pattern| pattern.is_match(""))
                && words.is_empty()
        }
        _ => false,
    }
}

/// Returns the integer that a number such as `50.0` is. JSON Schema does not tell them apart.
fn whole(number: &Number) -> Option<i64> {
    let is_fraction = number.as_i64().is_none();
    number.as_f64().filter(|_| is_fraction)?.to_string().parse().ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

impl Words {
    /// Returns the word that a text means: one that differs in case, hyphens, underscores or spaces, or
    /// one with this alias. `None` if the text is a word already, or none can be told.
    fn declared(&self, text: &str) -> Option<&str> {
        let is_any = self.listed.is_empty() && self.aliases.is_empty();
        if is_any || self.listed.iter().any(|word| word == text) {
            return None;
        }
        let text = plain(text);
        let aliased = self.aliases.iter().filter(|(alias, _)| plain(alias) == text);
        let mut meant = self.listed.iter().filter(|word| plain(word) == text);
        match (meant.next(), meant.next()) {
            (Some(word), None) => Some(word),
            (Some(_), Some(_)) => None,
            (None, _) => aliased.map(|(_, word)| word.as_str()).next(),
        }
    }
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| !"-_ ".contains(*c)).map(|c| c.to_ascii_lowercase()).collect()
}
