//! The containers of a service as its own routes list them: without numeric ids.

use serde_json::{Value, json};

use super::service;
use crate::coolify::model::{Container, Resource, Stack};

/// Shows a service's applications or databases.
pub(crate) fn list(one: &Resource, stack: &Stack, databases: bool, status: &Value) -> Value {
    let containers = stack.containers.iter().filter(|part| part.is_database == databases);
    let shown = containers.map(|part| show(one, part, status));
    shown.collect()
}

fn show(one: &Resource, part: &Container, detail: &Value) -> Value {
    let list = detail[if part.is_database { "databases" } else { "applications" }].as_array();
    let found = list.into_iter().flatten().find(|shown| shown["uuid"] == json!(part.uuid));
    let mut body = found.cloned().unwrap_or_else(|| service::container(part, "exited"));
    if let Value::Object(members) = &mut body {
        members.remove("id");
    }
    if !part.is_database {
        body["service_id"] = json!(one.id);
    }
    body["created_at"] = json!(one.created);
    body["updated_at"] = json!(one.updated);
    body
}
