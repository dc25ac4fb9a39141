//! Environment variables: which keys and fields Coolify accepts, and the shape of a bulk write.

use serde_json::Value;

use super::body::{self, Field, Rule, field};
use crate::coolify::Version::{self, Beta473};
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, text};
use crate::core::request_types::Reply;

/// The fields of an application's variable.
pub(crate) const APPLICATION_FIELDS: &[Field] = &[
    field("key", Rule::Text, Beta473),
    field("value", Rule::Text, Beta473),
    field("is_preview", Rule::Bool, Beta473),
    field("is_literal", Rule::Bool, Beta473),
    field("is_multiline", Rule::Bool, Beta473),
    field("is_shown_once", Rule::Bool, Beta473),
    field("is_runtime", Rule::Bool, Beta473),
    field("is_buildtime", Rule::Bool, Beta473),
    field("comment", Rule::Short(256), Beta473),
];

/// The checked fields of a service's variable. Others are accepted, and stored where there is a
/// column for them.
const SERVICE_FIELDS: &[Field] = &[
    field("key", Rule::Text, Beta473),
    field("value", Rule::Text, Beta473),
    field("is_literal", Rule::Bool, Beta473),
    field("is_multiline", Rule::Bool, Beta473),
    field("is_shown_once", Rule::Bool, Beta473),
    field("comment", Rule::Short(256), Beta473),
];

/// Checks an application's variable.
pub(crate) fn check_of_application(item: &Object, version: Version) -> Result<(), Reply> {
    check(item, item, APPLICATION_FIELDS, version)
}

/// Checks a service's variable.
pub(crate) fn check_of_service(item: &Object, version: Version) -> Result<(), Reply> {
    let is_checked = |name: &str| SERVICE_FIELDS.iter().any(|field| field.name == name);
    let checked = item.iter().filter(|(name, _)| is_checked(name));
    let checked: Object = checked.map(|(name, value)| (name.clone(), value.clone())).collect();
    check(item, &checked, SERVICE_FIELDS, version)
}

fn check(item: &Object, checked: &Object, table: &[Field], version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(checked, &[table], version, &mut errors);
    body::require(item, &["key"], &mut errors);
    let key = text(item, "key").unwrap_or_default().trim();
    if !key.is_empty() && !is_key(key, version) {
        errors.add("key", "The key field format is invalid.");
    }
    errors.check()
}

/// Returns whether a text is a key: since 4.2 `^[A-Za-z_][A-Za-z0-9_.]*$` of at most 255; before,
/// any text.
pub(crate) fn is_key(text: &str, version: Version) -> bool {
    if version < Version::V4_3 {
        return true;
    }
    let mut letters = text.bytes();
    text.len() <= 255
        && letters.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// Returns the items of a bulk write.
pub(crate) fn bulk_items(body: &Object) -> Result<&Vec<Value>, Reply> {
    let items = body.get("data").and_then(Value::as_array).filter(|items| !items.is_empty());
    items.ok_or_else(|| errors::message(400, "Bulk data is required."))
}
