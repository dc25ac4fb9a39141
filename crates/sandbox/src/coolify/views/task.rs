//! Scheduled tasks and their executions.

use std::time::Instant;

use serde_json::{Value, json};

use crate::coolify::model::{Execution, Task};

/// Shows a task.
pub(crate) fn show(one: &Task) -> Value {
    let mut body = Value::Object(one.fields.clone());
    body["uuid"] = json!(one.uuid);
    body["created_at"] = json!(one.created);
    body["updated_at"] = json!(one.updated);
    body
}

/// Shows the executions that have begun, newest first.
pub(crate) fn executions(one: &Task, now: Instant) -> Value {
    let begun = one.executions.iter().rev().filter(|execution| execution.begins <= now);
    begun.map(|execution| show_execution(execution, now)).collect()
}

/// A failure has no exit code, only a message (4.3.11).
fn show_execution(one: &Execution, now: Instant) -> Value {
    let is_over = one.ends <= now;
    let (status, message) = match (is_over, one.is_run) {
        (false, _) => ("running", None),
        (true, true) => ("success", Some("")),
        (true, false) => {
            ("failed", Some("Job permanently failed after 1 attempts: No containers running."))
        }
    };
    let duration = one.ends.duration_since(one.begins).as_secs_f64();
    json!({
        "uuid": one.uuid, "status": status, "message": message, "retry_count": 0,
        "duration": is_over.then_some(duration), "started_at": one.created,
        "finished_at": is_over.then_some(one.created),
        "created_at": one.created, "updated_at": one.created,
    })
}
