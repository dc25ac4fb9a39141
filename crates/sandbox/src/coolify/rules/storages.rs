//! Storages: which Coolify accepts, and what it makes of them.

use serde_json::{Value, json};

use super::body::Rule::{Bool, Number, OneOf, Text};
use super::body::{self, Field, field};
use crate::coolify::Version::{self, Beta473};
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, is_on, text};
use crate::coolify::model::Source;
use crate::core::request_types::Reply;

/// The fields of a creation and of a PATCH.
const FIELDS: &[Field] = &[
    field("type", OneOf(&["persistent", "file"]), Beta473),
    field("name", Text, Beta473),
    field("mount_path", Text, Beta473),
    field("host_path", Text, Beta473),
    field("content", Text, Beta473),
    field("is_directory", Bool, Beta473),
    field("fs_path", Text, Beta473),
];

/// Accepted by a PATCH only.
const PATCH: &[Field] = &[
    field("uuid", Text, Beta473),
    field("id", Number, Beta473),
    field("is_preview_suffix_enabled", Bool, Beta473),
];

/// The fields of the other type, which are refused.
const OF_FILES: [&str; 3] = ["content", "is_directory", "fs_path"];

/// Refuses the body of a creation.
pub(crate) fn check_creation(body: &Object, version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(body, &[FIELDS], version, &mut errors);
    body::require(body, &["type", "mount_path"], &mut errors);
    let name = text(body, "name").unwrap_or_default();
    if !name.is_empty() && !is_name(name) {
        errors.add("name", "The name field format is invalid.");
    }
    errors.check()?;
    if text(body, "type") != Some("persistent") {
        return Ok(());
    }
    if name.is_empty() {
        let text = "The name field is required for persistent storages.";
        return Err(errors::invalid_field("name", text));
    }
    let mut errors = Errors::default();
    for name in OF_FILES.into_iter().filter(|name| body.contains_key(*name)) {
        errors.add(name, &format!("Field '{name}' is not valid for type 'persistent'."));
    }
    errors.check()
}

/// Refuses the body of a PATCH.
pub(crate) fn check_update(body: &Object, version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(body, &[FIELDS, PATCH], version, &mut errors);
    body::require(body, &["type"], &mut errors);
    errors.check()?;
    if body.get("uuid").or(body.get("id")).is_none_or(Value::is_null) {
        return Err(errors::invalid(json!({ "uuid": ["The uuid or id field is required."] })));
    }
    Ok(())
}

/// Returns whether a text can be a docker volume's name.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// Returns what a checked creation mounts; names are prefixed with the owner's uuid.
pub(crate) fn source(body: &Object, owner: &str) -> Source {
    let given = |name| text(body, name).map(str::to_owned);
    if text(body, "type") == Some("persistent") {
        let name = format!("{owner}-{}", text(body, "name").unwrap_or_default());
        return Source::Persistent { name, host_path: given("host_path") };
    }
    let mount_path = text(body, "mount_path").unwrap_or_default().trim_start_matches('/');
    let fs_path = format!("/data/coolify/applications/{owner}/{mount_path}");
    Source::File {
        fs_path: given("fs_path").unwrap_or(fs_path),
        content: given("content"),
        is_directory: is_on(body, "is_directory"),
    }
}
