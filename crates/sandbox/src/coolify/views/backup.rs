//! The schedules of backups, and S3 storages.

use serde_json::{Value, json};

use crate::coolify::model::{Backup, S3Storage};

/// Shows a schedule with its executions.
pub(crate) fn show(one: &Backup) -> Value {
    let mut body = Value::Object(one.fields.clone());
    for (name, value) in [
        ("id", json!(one.id)),
        ("uuid", json!(one.uuid)),
        ("database_type", json!(one.class)),
        ("database_id", json!(one.database_number)),
        ("team_id", json!(0)),
        ("created_at", json!(one.created)),
        ("updated_at", json!(one.created)),
        ("executions", json!([])),
    ] {
        body[name] = value;
    }
    body
}

/// Shows an S3 storage, without its keys.
pub(crate) fn s3_storage(one: &S3Storage) -> Value {
    json!({
        "uuid": one.uuid, "name": one.name, "endpoint": one.endpoint, "bucket": one.bucket,
        "region": one.region, "is_usable": one.is_usable, "team_id": 0,
        "created_at": one.created, "updated_at": one.created,
    })
}
