//! Checks parameters against the very schema that is published for them.
//!
//! serde stops at the first problem, reports it in its own words and ignores lengths. This checker
//! reports every problem, the nearest known name of an unknown parameter, and what is expected.

mod node;
mod walk;
mod words;

use covibe_domain::Failure;
use serde_json::Value;

use self::node::{Node, Spellings};

pub use walk::SPELLED;
pub use words::{near, nearest, shown};

/// A schema that is ready for checking.
#[derive(Debug)]
pub(crate) struct Checker(Node);

impl Checker {
    /// Compiles a published schema.
    ///
    /// # Panics
    ///
    /// If a pattern is not a valid regular expression. That is a bug in an operation's declaration,
    /// which building the registry in a test reveals.
    pub(crate) fn new(schema: &Value) -> Self {
        Self(Node::compile(schema))
    }

    /// Lets these object parameters accept undeclared members. Their declared members may also be
    /// spelled in snake_case and as `spellings` says.
    pub(crate) fn opened(mut self, names: &[&str], spellings: Spellings) -> Self {
        if let Node::Object { members, .. } = &mut self.0 {
            for name in names {
                if let Some(Node::Object { open, .. }) = members.get_mut(*name) {
                    *open = Some(spellings);
                }
            }
        }
        self
    }

    /// Lets the objects with these names, at any depth, be `false` too.
    pub(crate) fn switched(mut self, names: &[&str]) -> Self {
        self.0.switch(names);
        self
    }

    /// Checks `params` and removes optional members that are `null`.
    pub(crate) fn check(&self, params: &mut Value) -> Result<(), Failure> {
        walk::check(&self.0, params)
    }

    /// Converts a text from a URL to an integer, a boolean or a list of texts, which commas separate, if
    /// the schema expects one there.
    pub(crate) fn coerce(&self, name: &str, text: String) -> Value {
        let Node::Object { members, .. } = &self.0 else { return Value::String(text) };
        match members.get(name) {
            Some(Node::Integer { .. }) => {
                text.parse::<i64>().map_or(Value::String(text), Value::from)
            }
            Some(Node::Boolean) if text == "true" || text == "1" => Value::Bool(true),
            Some(Node::Boolean) if text == "false" || text == "0" => Value::Bool(false),
            Some(Node::Array { items, .. }) if matches!(**items, Node::Text { .. }) => {
                text.split(',').map(|item| Value::from(item.trim())).collect()
            }
            _ => Value::String(text),
        }
    }
}

#[cfg(test)]
mod tests;
