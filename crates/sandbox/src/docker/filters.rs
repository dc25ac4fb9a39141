//! The parameter `filters` of lists: JSON of names and accepted values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::errors;
use crate::core::request_types::{Reply, Request};

/// The filters of a list; a name with several values accepts any of them, but for labels, which all have
/// to be there.
#[derive(Default)]
pub(super) struct Filters(BTreeMap<String, Vec<String>>);

impl Filters {
    /// Reads the filters of a request.
    ///
    /// # Errors
    /// Returns the refusal of what is no JSON, and of a filter that is not among the `known` ones.
    pub(super) fn read(request: &Request, known: &[&str]) -> Result<Self, Reply> {
        let Some(text) = request.query.get("filters").filter(|text| !text.is_empty()) else {
            return Ok(Self::default());
        };
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            let mut refusal = errors::no_json(text.as_bytes());
            refusal.status = 400;
            return Err(refusal);
        };
        let mut filters = BTreeMap::new();
        for (name, values) in members {
            if !known.contains(&name.as_str()) {
                return Err(errors::message(400, &format!("invalid filter '{name}'")));
            }
            filters.insert(name, values_of(&values));
        }
        Ok(Self(filters))
    }

    /// Returns the accepted values; none where everything is accepted.
    pub(super) fn values(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice).filter(|values| !values.is_empty())
    }

    /// Returns whether one of the accepted values fits, or there are none.
    pub(super) fn accepts(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.values(name).is_none_or(|values| values.iter().any(|value| fits(value)))
    }

    /// Returns whether these labels include all requested ones, each given as `name` or `name=value`.
    pub(super) fn accept_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        let is_there = |wanted: &String| match wanted.split_once('=') {
            Some((name, value)) => labels.get(name).is_some_and(|own| own == value),
            None => labels.contains_key(wanted),
        };
        self.values("label").is_none_or(|values| values.iter().all(is_there))
    }
}

/// Returns the values: a list, or as old clients write it, an object of them.
fn values_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Object(members) => members.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
