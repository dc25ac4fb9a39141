//! The bodies of requests: JSON objects whose unknown members are ignored.

use serde_json::{Map, Value};

use crate::core::request_types::{Reply, Request};
use crate::gitea::errors;

/// The body of a request.
pub(crate) struct Input(Map<String, Value>);

impl Input {
    /// Parses the body of a request; 422 when it is not a JSON object.
    pub(crate) fn parse(request: &Request) -> Result<Self, Reply> {
        match request.json() {
            Some(Value::Object(object)) => Ok(Self(object)),
            _ => Err(errors::message(422, "invalid JSON body")),
        }
    }

    /// Returns a text; empty when it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns a member.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns a text, or the 422 for an absent one; `field` is its name in Go.
    pub(crate) fn required(&self, name: &str, field: &str) -> Result<&str, Reply> {
        match self.text(name) {
            "" => Err(errors::missing_field(field)),
            text => Ok(text),
        }
    }

    /// Returns a switch.
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// Returns the visibility; none when it is absent.
    pub(crate) fn visibility(&self) -> Result<Option<&str>, Reply> {
        match self.text("visibility") {
            "" => Ok(None),
            known @ ("public" | "limited" | "private") => Ok(Some(known)),
            _ => Err(errors::message(422, "[Visibility]: In")),
        }
    }

    /// Returns a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }
}
