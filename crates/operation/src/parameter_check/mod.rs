//! Checks parameters against the very schema that is published for them.
//!
//! serde stops at the first problem, reports it in its own words and ignores lengths. This checker
//! reports every problem, the nearest known name of an unknown parameter, and what is expected.

mod problem_texts;
mod resource_references;
mod schema_node;
mod schema_walk;
mod value_spelling;

use covibe_domain::{Failure, ResourceKind};
use serde_json::Value;

use self::schema_node::{Node, Spellings};

pub use problem_texts::{nearest, quotable_name, similar_names};
pub use schema_walk::SPELLED;

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
    pub(crate) fn with_open(mut self, names: &[&str], spellings: Spellings) -> Self {
        if let Node::Object { members, .. } = &mut self.0 {
            for name in names {
                if let Some(Node::Object { open, .. }) = members.get_mut(*name) {
                    *open = Some(spellings);
                }
            }
        }
        self
    }

    /// Accepts these parameters without effect; `list.member` is a member of a list's items.
    pub(crate) fn with_ignored(mut self, names: &[&str]) -> Self {
        for name in names {
            self.0.ignore(name);
        }
        self
    }

    /// Lets the objects with these names, at any depth, be `false` too.
    pub(crate) fn with_switches(mut self, names: &[&str]) -> Self {
        self.0.switch(names);
        self
    }

    /// Checks `params`, rewrites values that are spelled in another way to their declared form, and
    /// removes ignored members, and optional ones that are `null` or an empty string without meaning.
    pub(crate) fn check(&self, params: &mut Value) -> Result<(), Failure> {
        schema_walk::check(&self.0, params)
    }

    /// Returns the texts in checked parameters that give a resource by uuid or name.
    pub(crate) fn references<'a>(
        &self,
        params: &'a mut Value,
    ) -> Vec<(ResourceKind, &'a mut Value)> {
        let mut found = Vec::new();
        resource_references::collect(&self.0, params, &mut found);
        found
    }

    /// Converts a text from a URL to the type that the schema expects there. Commas separate the items
    /// of a list of texts, and spaces may surround them. A text that is JSON of a list stays as it is.
    pub(crate) fn coerce(&self, name: &str, text: String) -> Value {
        let Node::Object { members, .. } = &self.0 else { return Value::String(text) };
        match members.get(name) {
            Some(Node::Array { items, .. })
                if matches!(**items, Node::Text { .. })
                    && !text.is_empty()
                    && serde_json::from_str::<Vec<String>>(&text).is_err() =>
            {
                text.split(',').map(|item| Value::from(item.trim_matches(' '))).collect()
            }
            Some(node) => {
                let mut value = Value::String(text);
                value_spelling::canonicalize(node, &mut value);
                value
            }
            None => Value::String(text),
        }
    }
}

#[cfg(test)]
mod tests;
