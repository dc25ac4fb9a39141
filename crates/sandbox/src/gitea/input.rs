//! Bodies: JSON objects whose unknown members are ignored.

use serde_json::{Map, Value};

use super::errors;
use crate::wire::{Reply, Request};

/// A JSON object.
pub(super) struct Input(Map<String, Value>);

impl Input {
    /// The body of a request; 422 when it is not an object.
    pub(super) fn of(request: &Request) -> Result<Self, Reply> {
        match request.json() {
            Some(Value::Object(object)) => Ok(Self(object)),
            _ => Err(errors::message(422, "invalid JSON body")),
        }
    }

    /// A text, empty when it is absent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A member as it is.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text that must be there; `field` is how Go names it.
    pub(super) fn required(&self, name: &str, field: &str) -> Result<&str, Reply> {
        match self.text(name) {
            "" => Err(errors::required(field)),
            text => Ok(text),
        }
    }

    /// A switch with what it is when it is absent.
    pub(super) fn flag(&self, name: &str, otherwise: bool) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(otherwise)
    }

    /// A visibility; none when it is absent.
    pub(super) fn visibility(&self) -> Result<Option<&str>, Reply> {
        match self.text("visibility") {
            "" => Ok(None),
            known @ ("public" | "limited" | "private") => Ok(Some(known)),
            _ => Err(errors::message(422, "[Visibility]: In")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }
}
