//! Environment variables of applications and services.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::coolify::json_values::{Object, boolean, is_on, random_uuid, text};
use crate::core::clock::timestamp;

/// The flags of a variable besides `is_preview`.
const FLAGS: [&str; 5] =
    ["is_literal", "is_multiline", "is_shown_once", "is_runtime", "is_buildtime"];

/// The flags that an application's variable loses when a write leaves them out.
const RESET_FLAGS: [&str; 3] = ["is_literal", "is_multiline", "is_shown_once"];

/// An environment variable.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) uuid: String,
    pub(crate) key: String,
    pub(crate) is_preview: bool,
    /// The value, the comment and the [`FLAGS`], as answers show them.
    pub(crate) fields: Object,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Variable {
    /// Creates a variable of an application from a request's item.
    pub(crate) fn of_application(item: &Object, now: Timestamp) -> Self {
        let mut variable = Self {
            uuid: random_uuid(),
            key: Self::key_of(item),
            is_preview: is_on(item, "is_preview"),
            fields: Object::new(),
            created: now,
            updated: now,
        };
        for (name, value) in
            [("is_runtime", json!(true)), ("is_buildtime", json!(true)), ("comment", Value::Null)]
        {
            variable.fields.insert(name.to_owned(), value);
        }
        variable.overwrite(item, now);
        variable
    }

    /// Creates a variable of a service from everything that a request's item has.
    pub(crate) fn of_service(item: &Object, now: Timestamp) -> Self {
        let mut variable = Self::of_application(&Object::new(), now);
        variable.key = Self::key_of(item);
        variable.fill(item, now);
        variable
    }

    /// Creates a variable that Coolify makes of a compose file.
    pub(crate) fn generated(key: &str, value: Option<&str>) -> Self {
        let mut variable = Self::of_application(&Object::new(), timestamp());
        key.clone_into(&mut variable.key);
        variable.fields.insert("value".to_owned(), json!(value));
        variable
    }

    /// Returns the key of a request's item, as Coolify stores it.
    pub(crate) fn key_of(item: &Object) -> String {
        text(item, "key").unwrap_or_default().trim().replace(' ', "_")
    }

    /// Returns the value.
    pub(crate) fn value(&self) -> Option<&str> {
        text(&self.fields, "value")
    }

    /// Overwrites what the item has, and nothing else.
    pub(crate) fn fill(&mut self, item: &Object, now: Timestamp) {
        for (name, value) in item {
            match name.as_str() {
                "is_preview" => self.is_preview = boolean(value).unwrap_or(false),
                "value" | "comment" => drop(self.fields.insert(name.clone(), value.clone())),
                flag if FLAGS.contains(&flag) => {
                    let is_set = boolean(value).unwrap_or(false);
                    self.fields.insert(name.clone(), json!(is_set));
                }
                _ => {}
            }
        }
        self.updated = now;
    }

    /// Overwrites the value and the [`RESET_FLAGS`] even where the item leaves them out; keeps the
    /// other fields that it leaves out.
    pub(crate) fn overwrite(&mut self, item: &Object, now: Timestamp) {
        let mut set = |name: &str, value: Value| self.fields.insert(name.to_owned(), value);
        set("value", item.get("value").cloned().unwrap_or_default());
        for name in RESET_FLAGS {
            set(name, json!(is_on(item, name)));
        }
        for name in ["is_runtime", "is_buildtime"] {
            if let Some(flag) = item.get(name).and_then(boolean) {
                set(name, json!(flag));
            }
        }
        if let Some(comment) = item.get("comment") {
            set("comment", comment.clone());
        }
        self.updated = now;
    }

    /// Returns the preview copy. It does not inherit "shown once", so its value stays readable.
    pub(crate) fn preview_copy(&self) -> Self {
        let mut copy = Self { uuid: random_uuid(), is_preview: true, ..self.clone() };
        copy.fields.insert("is_shown_once".to_owned(), json!(false));
        copy
    }
}
