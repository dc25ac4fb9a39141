//! Volumes.

use serde_json::{Value, json};

use super::super::model::{Engine, Volume};

/// Shows a volume.
pub(in crate::docker) fn show(one: &Volume) -> Value {
    let labels = if one.labels.is_empty() { Value::Null } else { json!(one.labels) };
    let created = covibe_domain::Timestamp::from_millis(one.created.as_millis() / 1_000 * 1_000);
    json!({
        "CreatedAt": created, "Driver": "local", "Labels": labels,
        "Mountpoint": format!("/var/lib/docker/volumes/{}/_data", one.name), "Name": one.name,
        "Options": null, "Scope": "local",
    })
}

/// Shows a volume with its size and how many containers mount it.
pub(in crate::docker) fn with_usage(engine: &Engine, one: &Volume) -> Value {
    let mut shown = show(one);
    shown["UsageData"] = json!({ "RefCount": engine.users(&one.name).len(), "Size": one.size });
    shown
}
