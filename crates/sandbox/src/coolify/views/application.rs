//! Applications.

use std::time::Instant;

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use super::resource;
use crate::coolify::model::{Resource, State};
use crate::coolify::version::Version;

/// Shows an application.
pub(super) fn show(state: &State, one: &Resource, now: Instant) -> Value {
    let mut body = resource::show(one, now);
    let (restarts, last) = one.restarts(now, state.pace).unzip();
    body["restart_count"] = json!(restarts.unwrap_or(0));
    body["last_restart_type"] = json!(last.map(|_| "crash"));
    body["last_restart_at"] = json!(last);
    body["last_online_at"] = json!(database_text(one.updated));
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

/// Returns a time as the database writes it, which Coolify shows for a column without a cast.
fn database_text(at: Timestamp) -> String {
    let text = at.to_string().replacen('T', " ", 1);
    text.split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned()
}
