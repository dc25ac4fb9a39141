//! Environment variables.

use serde_json::{Value, json};

use crate::coolify::model::Variable;
use crate::coolify::values::is_on;
use crate::coolify::version::Version;

/// Shows a variable. Since 4.2 one that is "shown once" never has its value.
pub(crate) fn show(variable: &Variable, version: Version) -> Value {
    let mut body = json!({
        "uuid": variable.uuid, "key": variable.key, "is_preview": variable.is_preview,
        "is_shared": false, "is_really_required": false, "is_coolify": false, "order": null,
        "version": version.text(), "created_at": variable.created, "updated_at": variable.updated,
    });
    let control = if version >= Version::V4_3 { "is_buildpack_control" } else { "is_nixpacks" };
    body[control] = json!(false);
    let fields = &variable.fields;
    let is_hidden = version >= Version::V4_3 && is_on(fields, "is_shown_once");
    for (name, value) in fields.iter().filter(|(name, _)| !(is_hidden && *name == "value")) {
        body[name] = value.clone();
    }
    if !is_hidden {
        body["real_value"] = body["value"].clone();
    }
    body
}

/// Shows a list of variables.
pub(crate) fn list(variables: &[Variable], version: Version) -> Value {
    variables.iter().map(|variable| show(variable, version)).collect()
}
