//! `…/scheduled-tasks` of applications and services.

use serde_json::json;

use super::route::{Route, route};
use crate::coolify::Version::{Beta473, V4_3};
use crate::coolify::answer_json;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, object, random_uuid, text};
use crate::coolify::model::Family::{self, Application, Service};
use crate::coolify::model::{CoolifyState, Execution, Task};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

/// The routes of a family.
macro_rules! routes {
    ($($family:expr => $path:literal),+) => {
        &[$([
            route("GET", concat!($path, "/{uuid}/scheduled-tasks"), |state, _, at| {
                list(state, $family, at[0])
            }),
            route("POST", concat!($path, "/{uuid}/scheduled-tasks"), |state, request, at| {
                create(state, request, $family, at[0])
            }),
            route("PATCH", concat!($path, "/{uuid}/scheduled-tasks/{task}"), |state, request, at| {
                update(state, request, $family, at)
            }),
            route("DELETE", concat!($path, "/{uuid}/scheduled-tasks/{task}"), |state, _, at| {
                delete(state, $family, at)
            }),
            route("POST", concat!($path, "/{uuid}/scheduled-tasks/{task}/execute"), |state, _, at| {
                execute(state, $family, at)
            })
            .since(V4_3),
            route("GET", concat!($path, "/{uuid}/scheduled-tasks/{task}/executions"), |state, _, at| {
                executions(state, $family, at)
            }),
        ]),+]
    };
}

pub(super) const ROUTES: &[[Route; 6]] =
    routes!(Application => "/applications", Service => "/services");

const FIELDS: &[Field] = &[
    field("name", Rule::Short(255), Beta473),
    field("command", Rule::Text, Beta473),
    field("frequency", Rule::Text, Beta473),
    field("container", Rule::Text, Beta473),
    field("timeout", Rule::Number, Beta473),
    field("enabled", Rule::Bool, Beta473),
];

fn find<'a>(
    state: &'a mut CoolifyState,
    family: Family,
    at: &[&str],
) -> Result<&'a mut Task, Reply> {
    let (owner, uuid) = (at[0], at[1]);
    state.find(family, owner)?;
    let mut tasks = state.attached.tasks.iter_mut();
    let found = tasks.find(|one| one.owner == owner && one.uuid == uuid);
    found.ok_or_else(|| errors::not_found("Scheduled task"))
}

/// `GET …/scheduled-tasks`.
fn list(state: &CoolifyState, family: Family, uuid: &str) -> ReplyResult {
    state.find(family, uuid)?;
    let tasks = state.attached.tasks.iter().filter(|one| one.owner == uuid);
    Ok(Reply::json(200, tasks.map(answer_json::resources::task).collect()))
}

fn check(body: &Object, state: &CoolifyState, required: &[&str]) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(body, &[FIELDS], state.version, &mut errors);
    body::require(body, required, &mut errors);
    if text(body, "frequency").is_some_and(|frequency| !is_frequency(frequency)) {
        errors.add("frequency", "Invalid cron expression or frequency format.");
    }
    errors.check()
}

/// `POST …/scheduled-tasks`.
fn create(state: &mut CoolifyState, request: &Request, family: Family, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    state.find(family, uuid)?;
    check(&body, state, &["name", "command", "frequency"])?;
    let mut fields = object(json!({ "container": null, "timeout": 300, "enabled": true }));
    fields.extend(body);
    let now = timestamp();
    let task = Task {
        uuid: random_uuid(),
        owner: uuid.to_owned(),
        fields,
        executions: Vec::new(),
        created: now,
        updated: now,
    };
    let shown = answer_json::resources::task(&task);
    state.attached.tasks.push(task);
    Ok(Reply::json(201, shown))
}

/// `PATCH …/scheduled-tasks/{task}`.
fn update(state: &mut CoolifyState, request: &Request, family: Family, at: &[&str]) -> ReplyResult {
    let body = body::object(request)?;
    check(&body, state, &[])?;
    let task = find(state, family, at)?;
    task.fields.extend(body);
    task.updated = timestamp();
    Ok(Reply::json(200, answer_json::resources::task(task)))
}

/// `DELETE …/scheduled-tasks/{task}`.
fn delete(state: &mut CoolifyState, family: Family, at: &[&str]) -> ReplyResult {
    find(state, family, at)?;
    state.attached.tasks.retain(|one| one.uuid != at[1]);
    Ok(errors::message(200, "Scheduled task deleted."))
}

/// `POST …/execute`: queued; the execution is listed once the worker has taken it up.
fn execute(state: &mut CoolifyState, family: Family, at: &[&str]) -> ReplyResult {
    let (now, pace) = (state.now(), state.pace);
    let is_run = state.find(family, at[0])?.is_up(now);
    find(state, family, at)?.executions.push(Execution {
        uuid: random_uuid(),
        begins: now + pace,
        ends: now + pace * 2,
        is_run,
        created: timestamp(),
    });
    Ok(errors::message(200, "Scheduled task execution queued."))
}

/// `GET …/executions`.
fn executions(state: &mut CoolifyState, family: Family, at: &[&str]) -> ReplyResult {
    let now = state.now();
    let task = find(state, family, at)?;
    Ok(Reply::json(200, answer_json::resources::executions(task, now)))
}

/// Returns whether a text is the frequency of a task or of backups: a word of Coolify's, or a cron expression.
pub(super) fn is_frequency(text: &str) -> bool {
    const WORDS: [&str; 6] = ["every_minute", "hourly", "daily", "weekly", "monthly", "yearly"];
    let is_cron_field =
        |field: &str| field.bytes().all(|b| b.is_ascii_digit() || b"*/,-?LW#".contains(&b));
    let word = text.trim_start_matches('@');
    WORDS.contains(&word)
        || (text.split_whitespace().count() == 5 && text.split_whitespace().all(is_cron_field))
}

#[cfg(test)]
mod tests {
    use super::is_frequency;

    #[test]
    fn named_frequencies_and_cron_expressions_are_accepted() {
        for good in ["daily", "@hourly", "0 3 * * *", "*/5 1-3 1,15 * 0"] {
            assert!(is_frequency(good), "{good}");
        }
        for bad in ["never", "0 3 * *", "a b c d e", ""] {
            assert!(!is_frequency(bad), "{bad}");
        }
    }
}
