//! Applications.

use serde_json::{Value, json};

use super::resource;
use crate::coolify::model::{CoolifyState, Resource};
use crate::coolify::version::Version;

/// Shows an application.
pub(super) fn show(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = resource::show(one);
    let restarts = one.sight.restarts;
    let last = (restarts > 0).then_some(one.sight.at);
    body["restart_count"] = json!(restarts);
    body["last_restart_type"] = json!(last.map(|_| "crash"));
    body["last_restart_at"] = json!(last);
    if state.version >= Version::V4_1 {
        body["max_restart_count"] =
            one.fields.get("max_restart_count").cloned().unwrap_or(json!(10));
    }
    // The domains of a compose application are shown as a JSON text of an object, not as the array
    // that was written.
    if let domains @ Value::Object(_) = &body["docker_compose_domains"] {
        body["docker_compose_domains"] = json!(domains.to_string());
    }
    body
}
