//! Storages, the schedules of backups, and the S3 storages that backups are copied to.

use serde_json::{Value, json};

use crate::coolify::model::{Backup, S3Storage, Source, Storage};

/// The owner of a storage, which mounts it.
pub(crate) struct Owner<'a> {
    pub(crate) id: i64,
    /// The name of its class, or `application` or `database` for a service's container.
    pub(crate) class: &'a str,
    /// True if it is a service's container, whose lists contain its uuid.
    pub(crate) is_part: bool,
}

/// Shows a storage as the answers to creations and changes do.
pub(crate) fn show(one: &Storage, owner: &Owner<'_>) -> Value {
    let mut body = json!({
        "id": one.id, "uuid": one.uuid, "mount_path": one.mount_path,
        "resource_type": owner.class, "resource_id": owner.id,
        "created_at": one.created, "updated_at": one.updated,
    });
    match &one.source {
        Source::Persistent { name, host_path } => {
            body["name"] = json!(name);
            body["host_path"] = json!(host_path);
        }
        Source::File { fs_path, content, is_directory } => {
            body["fs_path"] = json!(fs_path);
            body["content"] = json!(content);
            body["is_directory"] = json!(is_directory);
        }
    }
    body
}

/// Shows storages as lists do, separated by kind.
pub(crate) fn list<'a>(storages: impl Iterator<Item = (&'a Storage, Owner<'a>)>) -> Value {
    let (mut persistent, mut files) = (Vec::new(), Vec::new());
    for (one, owner) in storages {
        let item = list_item(one, &owner);
        match one.source {
            Source::Persistent { .. } => persistent.push(item),
            Source::File { .. } => files.push(item),
        }
    }
    json!({ "persistent_storages": persistent, "file_storages": files })
}

fn list_item(one: &Storage, owner: &Owner<'_>) -> Value {
    let mut body = show(one, owner);
    body["is_preview_suffix_enabled"] = json!(true);
    if owner.is_part {
        body["resource_uuid"] = json!(one.owner);
    }
    match one.source {
        Source::Persistent { .. } => body["container_id"] = Value::Null,
        Source::File { .. } => {
            for name in ["is_based_on_git", "is_host_file", "is_binary", "is_too_large"] {
                body[name] = json!(false);
            }
            body["chown"] = Value::Null;
            body["chmod"] = Value::Null;
        }
    }
    body
}

/// Shows a schedule with its executions.
pub(crate) fn backup(one: &Backup) -> Value {
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
